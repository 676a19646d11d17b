//! Completions, manual pages and `docs/cli.md`, all from the commands themselves.

use crate::{
    complete,
    config::GLOBALS_HEADING,
    failure::{Failure, Result},
    output::{Output, Page, Report},
};
use clap::Command;
use serde::Serialize;
use std::{fmt::Write as _, path::Path};

/// The command and what is below it, with help that leaves out the wallet's options but `--json`: for commands that are none of the
/// wallet's.
///
/// `command` must be built ([`Command::build`]).
#[must_use]
pub fn without_globals(command: Command, shown: &[&str]) -> Command {
    let children: Vec<String> = command
        .get_subcommands()
        .map(|child| child.get_name().to_owned())
        .collect();
    let command = hide_globals(command, shown);
    children.into_iter().fold(command, |command, child| {
        command.mut_subcommand(child, |child| without_globals(child, shown))
    })
}

fn hide_globals(command: Command, shown: &[&str]) -> Command {
    command.mut_args(|argument| {
        let global = argument.get_help_heading() == Some(GLOBALS_HEADING);
        match (global, shown.contains(&argument.get_id().as_str())) {
            (false, _) => argument,
            (true, false) => argument.hide(true),
            (true, true) => argument.help_heading(None::<&str>),
        }
    })
}

/// `etm completions`: a script that asks the program itself, so that it can offer miners and keys.
///
/// # Errors
/// [`Failure`] if standard output can't be written.
pub fn completions(shell: clap_complete::Shell, output: &Output) -> Result<()> {
    match complete::script(&shell.to_string()) {
        Some(script) => output.print_text(script),
        None => Err(Failure::usage(
            "unknown_shell",
            format!("there are no completions for {shell}"),
        )),
    }
}

/// `etm man`
///
/// # Errors
/// [`Failure`] if a page can't be written.
pub fn manual(folder: Option<&Path>, markdown: bool, root: Command, output: &Output) -> Result<()> {
    if markdown {
        return output.print_text(&markdown_reference(root));
    }
    let failed = |error: std::io::Error| {
        Failure::failed(
            "file_not_written",
            format!("the manual cannot be written: {error}"),
        )
    };
    match folder {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(failed)?;
            let mut root = root;
            root.build();
            pages(&root, folder).map_err(failed)?;
            output.print(&Pages { folder })
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(root)
                .render(&mut page)
                .map_err(failed)?;
            output.print_text(&String::from_utf8_lossy(&page))
        }
    }
}

/// A page for the command and for each below it, but for `help`, which repeats them all and says nothing.
fn pages(command: &Command, folder: &Path) -> std::io::Result<()> {
    let wanted = |child: &&Command| !child.is_hide_set() && child.get_name() != "help";
    for child in command.get_subcommands().filter(wanted) {
        pages(child, folder)?;
    }
    clap_mangen::Man::new(command.clone()).generate_to(folder)?;
    Ok(())
}

/// Manual pages that were written.
#[derive(Debug, Serialize)]
struct Pages<'a> {
    folder: &'a Path,
}

impl Report for Pages<'_> {
    fn show(&self, page: &mut Page) {
        page.line(format!(
            "the manual pages are in {}: `man -l {}` shows the first",
            self.folder.display(),
            self.folder.join("etm.1").display()
        ));
    }

    fn done(&self) -> Option<String> {
        Some(format!("the pages are in {}", self.folder.display()))
    }
}

/// All commands with their help, as Markdown: `docs/cli.md`.
pub fn markdown_reference(root: Command) -> String {
    let mut root = root.term_width(100).disable_help_subcommand(true);
    root.build();
    let mut text = String::from(PREFACE);
    let _ = writeln!(text, "\n## Commands");
    section(&mut text, &mut root, true);
    text
}

/// The help of a command and of those below it. What every command takes stands with the first.
fn section(text: &mut String, command: &mut Command, first: bool) {
    if command.is_hide_set() {
        return;
    }
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .replace('-', " ");
    let full = command.get_bin_name().map_or(name, str::to_owned);
    let help = if first {
        command.render_long_help().to_string()
    } else {
        let help = hide_globals(command.clone(), &[]).render_long_help();
        help.to_string()
    };
    let _ = writeln!(text, "\n### `{full}`\n\n```text");
    for line in help.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = writeln!(text, "```");
    let mut children: Vec<String> = command
        .get_subcommands()
        .map(|child| child.get_name().to_owned())
        .collect();
    children.retain(|child| child != "help");
    for child in children {
        if let Some(child) = command.find_subcommand_mut(&child) {
            section(text, child, false);
        }
    }
}

const PREFACE: &str = include_str!("reference/preface.md");
