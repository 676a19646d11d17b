//! What commands print: one result, as text for people or as JSON for programs.
//!
//! Results go to standard output, everything else (questions, progress, warnings, errors) to standard error. Colours appear only on a
//! terminal and never if `NO_COLOR` is set. Text that strangers chose is shown with nothing in it that can't be seen.

use crate::{
    failure::{Exit, Failure, Result},
    terminal,
};
use anstyle::{AnsiColor, Style};
pub use etm_types::text::plain;
use serde::Serialize;
use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write as _},
};

/// Something a command answers: its JSON is stable, its text is for people.
pub trait Report: Serialize {
    /// Writes the text for people.
    fn show(&self, page: &mut Page);

    /// What was done already, for those who can't read the rest because standard output can't be written; none if nothing was.
    fn done(&self) -> Option<String> {
        None
    }
}

/// Where a command prints.
#[derive(Clone, Debug)]
pub struct Output {
    json: bool,
    quiet: bool,
    color: bool,
}

impl Output {
    /// Printing as the options say.
    pub fn new(json: bool, quiet: bool) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            json,
            quiet,
            color: !json && !no_color && !dumb && io::stdout().is_terminal(),
        }
    }

    /// Whether results are JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether nothing but the result is to be printed.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// A page to write text on, coloured or not.
    pub fn page(&self) -> Page {
        Page {
            text: String::new(),
            color: self.color,
            columns: terminal::columns(),
        }
    }

    /// Prints a result.
    ///
    /// # Errors
    /// [`Failure`] if standard output can't be written (a closed pipe is no failure: the reader had enough).
    pub fn print(&self, report: &impl Report) -> Result<()> {
        if self.json {
            return told(report, self.print_json(report));
        }
        let mut page = self.page();
        report.show(&mut page);
        told(report, self.print_text(&page.text))
    }

    /// Prints a result and answers how the command ended. With `--json` a failure stands in the same document, as its `error`: one document on one
    /// stream, whatever comes of it.
    ///
    /// # Errors
    /// As [`Self::print`], and as it ended.
    pub fn print_ended(&self, report: &impl Report, ended: Result<()>) -> Result<()> {
        #[derive(Serialize)]
        struct Ended<'a, R> {
            #[serde(flatten)]
            report: &'a R,
            error: &'a Failure,
        }
        match ended {
            Err(mut error) if self.json => {
                let document = Ended {
                    report,
                    error: &error,
                };
                told(report, self.print_json(&document))?;
                error.told = true;
                Err(error)
            }
            ended => self.print(report).and(ended),
        }
    }

    /// Prints a result that has no text of its own: indented JSON either way.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn print_json(&self, value: &impl Serialize) -> Result<()> {
        // Straight to standard output: a secret that was asked for leaves no copy in memory on its way.
        let mut out = io::stdout().lock();
        let written = serde_json::to_writer_pretty(&mut out, value)
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush());
        end_of_writing(written)
    }

    /// Prints text as it is.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn print_text(&self, text: &str) -> Result<()> {
        let mut out = io::stdout().lock();
        end_of_writing(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Says something beside the result, on standard error: not if `--quiet` or `--json`.
    pub fn note(&self, text: &str) {
        if !self.quiet && !self.json {
            for line in text.split('\n') {
                let _ = writeln!(io::stderr(), "{}", plain(line));
            }
        }
    }

    /// Shows text that a question is about, on standard error.
    pub fn ask_about(&self, text: &str) {
        let _ = write!(io::stderr(), "{text}");
    }

    /// Says why a command failed, unless it was said with the result: one line, or one JSON object with `--json`.
    pub fn failure(&self, failure: &Failure) {
        if failure.told {
            return;
        }
        let mut err = io::stderr();
        let _ = if self.json {
            let body = serde_json::json!({ "error": failure });
            writeln!(err, "{body}")
        } else {
            writeln!(err, "etm: {}", one_line(&failure.to_string()))
        };
    }

    /// Says how it ended and gives the exit code.
    pub fn end(&self, result: Result<()>) -> Exit {
        match result {
            Ok(()) => Exit::Ok,
            Err(failure) => {
                self.failure(&failure);
                failure.exit
            }
        }
    }
}

/// Whoever can't be told of what was done is told that it was.
fn told(report: &impl Report, printed: Result<()>) -> Result<()> {
    printed.map_err(|failure| match report.done() {
        Some(done) => failure.hint(done),
        None => failure,
    })
}

/// A closed pipe is no failure: the reader had enough.
pub(crate) fn end_of_writing(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::failed(
            "output_failed",
            format!("standard output cannot be written: {error}"),
        )),
        _ => Ok(()),
    }
}

/// What a piece of text means; the colour follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Title,
    Good,
    /// Worth a look before going on.
    Warning,
    /// Wrong.
    Bad,
    /// Less important.
    Dim,
}

impl Tone {
    fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Title => Style::new().bold(),
            Self::Good => color(AnsiColor::Green),
            Self::Warning => color(AnsiColor::Yellow),
            Self::Bad => color(AnsiColor::Red).bold(),
            Self::Dim => Style::new().dimmed(),
        }
    }
}

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left: words.
    Left,
    /// At the right: figures.
    Right,
}

/// Text for people, line by line.
#[derive(Clone, Debug, Default)]
pub struct Page {
    text: String,
    color: bool,
    /// Columns of the terminal; none if there is none.
    columns: Option<usize>,
}

/// A column of a table that may be too wide: its name, where its text stands, and when it is left out (the highest number first).
pub type Column<'a> = (&'a str, Align, u8);

impl Page {
    /// What was written so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Colours `text`, if there are colours.
    fn toned(&self, tone: Tone, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let style = tone.style();
        format!("{style}{text}{style:#}")
    }

    /// One line of text, or several.
    pub fn line(&mut self, text: impl AsRef<str>) {
        for line in text.as_ref().split('\n') {
            let line = self.broken(0, &plain(line));
            self.push(&line);
        }
    }

    /// A text behind `indent` letters, broken between words where the terminal would break it within one, and indented as far.
    fn broken(&self, indent: usize, text: &str) -> String {
        match self.columns {
            Some(columns) if columns >= indent + LEAST_WORDS => {
                let lines = broken(text, columns - indent);
                lines.join(&format!("\n{:indent$}", ""))
            }
            _ => text.to_owned(),
        }
    }

    /// A line behind a mark in a tone.
    pub fn marked(&mut self, tone: Tone, mark: &str, text: &str) {
        let mark = plain(mark);
        let text = self.broken(mark.chars().count() + 2, &plain(text));
        let mark = self.toned(tone, &mark);
        self.push(&format!("{mark}  {text}"));
    }

    /// A line of what is plain already, and perhaps coloured.
    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    pub fn title(&mut self, text: &str) {
        let text = self.toned(Tone::Title, &self.broken(0, &plain(text)));
        self.push(&text);
    }

    /// A line in a tone.
    pub fn say(&mut self, tone: Tone, text: &str) {
        let text = self.toned(tone, &self.broken(0, &plain(text)));
        self.push(&text);
    }

    /// A named value, the names in a column of their own.
    pub fn field(&mut self, name: &str, value: impl AsRef<str>) {
        let name = self.toned(Tone::Dim, &format!("{name:<16}"));
        let value = self.broken(FIELD, &plain(value.as_ref()));
        let _ = writeln!(self.text, "{name} {value}");
    }

    /// A named value in a tone.
    pub fn field_toned(&mut self, name: &str, tone: Tone, value: &str) {
        let name = self.toned(Tone::Dim, &format!("{name:<16}"));
        let value = self.toned(tone, &self.broken(FIELD, &plain(value)));
        let _ = writeln!(self.text, "{name} {value}");
    }

    /// A table that leaves columns out until it fits on the terminal. Answers the names of those.
    pub fn table_to_fit<'a>(
        &mut self,
        columns: &[Column<'a>],
        rows: &[Vec<String>],
    ) -> Vec<&'a str> {
        let width = |index: usize| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(index))
                .map(|cell| cell.chars().count());
            let name = columns.get(index).map(|(name, ..)| name.chars().count());
            cells.chain(name).max().unwrap_or(0)
        };
        let mut kept: Vec<usize> = (0..columns.len()).collect();
        let mut left_out = Vec::new();
        let needed = |kept: &[usize]| {
            let cells: usize = kept.iter().map(|index| width(*index)).sum();
            cells + 2 * kept.len().saturating_sub(1)
        };
        while self.columns.is_some_and(|columns| needed(&kept) > columns) && kept.len() > 1 {
            let rank = |index: usize| columns.get(index).map(|(.., rank)| *rank);
            let Some(least) = kept.iter().copied().max_by_key(|index| rank(*index)) else {
                break;
            };
            kept.retain(|index| *index != least);
            left_out.extend(columns.get(least).map(|(name, ..)| *name));
        }
        let of_kept = |row: &Vec<String>| {
            kept.iter()
                .filter_map(|index| row.get(*index).cloned())
                .collect()
        };
        let rows: Vec<Vec<String>> = rows.iter().map(of_kept).collect();
        let columns: Vec<(&str, Align)> = kept
            .iter()
            .filter_map(|index| columns.get(*index))
            .map(|(name, align, _)| (*name, *align))
            .collect();
        self.table(&columns, &rows);
        left_out
    }

    /// A table with a header; cells are as wide as the widest of their column.
    pub fn table(&mut self, columns: &[(&str, Align)], rows: &[Vec<String>]) {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| plain(cell)).collect())
            .collect();
        let widths: Vec<usize> = columns
            .iter()
            .enumerate()
            .map(|(index, (name, _))| {
                let cells = rows
                    .iter()
                    .filter_map(|row| row.get(index))
                    .map(|cell| cell.chars().count());
                cells.chain([name.chars().count()]).max().unwrap_or(0)
            })
            .collect();
        let write = |cells: &mut dyn Iterator<Item = &str>| {
            let mut line = String::new();
            for ((cell, width), (_, align)) in cells.zip(&widths).zip(columns) {
                if !line.is_empty() {
                    line.push_str("  ");
                }
                let _ = match align {
                    Align::Left => write!(line, "{cell:<width$}"),
                    Align::Right => write!(line, "{cell:>width$}"),
                };
            }
            line.trim_end().to_owned()
        };
        let header = write(&mut columns.iter().map(|(name, _)| *name));
        let header = self.toned(Tone::Title, &header);
        self.push(&header);
        for row in &rows {
            let line = write(&mut row.iter().map(String::as_str));
            self.push(&line);
        }
    }
}

/// Letters before the value of a field.
const FIELD: usize = 17;

/// Where fewer letters than these are left for a text it is not broken by words.
const LEAST_WORDS: usize = 12;

/// The lines of a text that have so many letters, broken between words; a word that is longer has a line of its own.
pub(crate) fn broken(text: &str, letters: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some((past, _)) = rest.char_indices().nth(letters) {
        // A space that stands right behind what fits ends it, too.
        let first_word = rest.len() - rest.trim_start().len();
        let fits = |at: &usize| *at > first_word;
        let spaces = || rest.match_indices(' ').map(|(at, _)| at).filter(fits);
        let inside = spaces().take_while(|at| *at <= past).last();
        let Some(end) = inside.or_else(|| spaces().next()) else {
            break;
        };
        let (line, more) = rest.split_at(end);
        lines.push(line.trim_end().to_owned());
        rest = more.trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

/// Text of several lines in one: scripts read failures line by line.
fn one_line(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(plain).collect();
    lines.join(" / ")
}

#[cfg(test)]
mod tests;
