//! Tables as spreadsheets write them: a header, then rows of cells (RFC 4180).
//!
//! Cells are separated by commas or, as spreadsheets of many languages have it, by semicolons: the header says which. A cell in quotes may hold
//! separators, ends of lines and, doubled, quotes. A byte order mark in front is passed over, and so are empty lines.

use crate::text::without_mark;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// Rows of a table, one after the other.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    rest: &'a str,
    separator: char,
    line: usize,
    most: usize,
    header: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line it begins in, from 1.
    pub line: usize,
    /// Its cells, without white space around them.
    pub cells: Vec<String>,
}

/// A table is malformed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct TableError {
    /// The line, from 1.
    pub line: usize,
    pub reason: String,
}

impl<'a> Table<'a> {
    /// What stands between cells: `,` or `;`.
    pub const fn separator(&self) -> char {
        self.separator
    }

    /// A table whose rows have at most `most` bytes.
    ///
    /// # Errors
    /// [`TableError`] if there is no header.
    pub fn new(text: &'a str, most: usize) -> Result<Self, TableError> {
        let rest = without_mark(text);
        let mut table = Self {
            rest,
            separator: ',',
            line: 1,
            most,
            header: Vec::new(),
        };
        // Quotes around a name make no difference to which separator stands first.
        let first = rest.lines().find(|line| !line.trim().is_empty());
        let found = first.and_then(|line| line.chars().find(|letter| matches!(letter, ',' | ';')));
        table.separator = found.unwrap_or(',');
        match table.next().transpose()? {
            Some(row) => table.header = row.cells,
            None => return Err(table.wrong("the names of the columns come first")),
        }
        Ok(table)
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    fn wrong(&self, reason: impl Into<String>) -> TableError {
        TableError {
            line: self.line,
            reason: reason.into(),
        }
    }

    /// Reads a cell; whether the row goes on behind it.
    fn cell(&mut self) -> Result<(String, bool), TableError> {
        let inside = self.rest.trim_start_matches([' ', '\t']);
        let (cell, rest) = match inside.strip_prefix('"') {
            Some(quoted) => self.quoted(quoted)?,
            None => {
                let end = self.rest.find([self.separator, '\n']);
                let (cell, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                if cell.contains('"') {
                    let reason = "a quote inside a cell: a cell that holds one is quoted, and the quote doubled";
                    return Err(self.wrong(reason));
                }
                (cell.trim().to_owned(), rest)
            }
        };
        let more = rest.strip_prefix(self.separator);
        self.rest = match more {
            Some(rest) => rest,
            None => rest.strip_prefix('\n').unwrap_or(rest),
        };
        Ok((cell, more.is_some()))
    }

    /// A quoted cell, from behind its first quote on, and what stands behind it.
    fn quoted(&mut self, mut rest: &'a str) -> Result<(String, &'a str), TableError> {
        let mut cell = String::new();
        loop {
            let Some((part, behind)) = rest.split_once('"') else {
                return Err(self.wrong("a quote is not closed"));
            };
            cell.push_str(part);
            match behind.strip_prefix('"') {
                Some(behind) => {
                    cell.push('"');
                    rest = behind;
                }
                None => {
                    rest = behind.trim_start_matches([' ', '\t', '\r']);
                    break;
                }
            }
        }
        if !(rest.is_empty() || rest.starts_with([self.separator, '\n'])) {
            return Err(self.wrong("something stands behind a closing quote"));
        }
        Ok((cell.trim().to_owned(), rest))
    }
}

impl Iterator for Table<'_> {
    type Item = Result<Row, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let before = self.rest;
            let mut cells = Vec::new();
            loop {
                match self.cell() {
                    Ok((cell, more)) => {
                        cells.push(cell);
                        if !more {
                            break;
                        }
                    }
                    Err(error) => {
                        self.rest = "";
                        return Some(Err(error));
                    }
                }
            }
            let length = before.len().saturating_sub(self.rest.len());
            let (row, _) = before.split_at(length);
            if length > self.most {
                let error = self.wrong(format!("has more than {} bytes", self.most));
                self.rest = "";
                return Some(Err(error));
            }
            let line = self.line;
            self.line = line.saturating_add(row.matches('\n').count());
            if cells.iter().any(|cell| !cell.is_empty()) || cells.len() > 1 {
                return Some(Ok(Row { line, cells }));
            }
        }
        None
    }
}
