//! `etm config`: the configuration file, a value at a time.

use super::{ConfigFile, Globals, KEYS, default_file, default_keys, parse};
use crate::{
    failure::{Failure, Result},
    files,
    keys::keystore::Keystore,
    output::{Output, Page, Report},
};
use serde::Serialize;
use std::{fmt::Write as _, path::PathBuf};

/// What `etm config` can do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ConfigCommand {
    /// Show what the configuration file says, and where it is
    #[command(after_help = "Examples:\n  etm config get\n  etm config get node --json")]
    Get {
        /// Only this value: node, key, keys or chain
        #[arg(value_name = "NAME", value_parser = KEYS)]
        name: Option<String>,
    },
    /// Write a value into the configuration file
    #[command(
        after_help = "Examples:\n  etm config set key alice\n  etm config set node https://node.example.org"
    )]
    Set {
        /// Which: node, key, keys or chain
        #[arg(value_name = "NAME", value_parser = KEYS)]
        name: String,
        /// What it is to be
        #[arg(value_name = "VALUE")]
        value: String,
    },
    /// Take a value out of the configuration file
    #[command(after_help = "Examples:\n  etm config unset chain")]
    Unset {
        /// Which: node, key, keys or chain
        #[arg(value_name = "NAME", value_parser = KEYS)]
        name: String,
    },
}

/// Runs `etm config ...` on the file that was named, or on the usual one.
///
/// # Errors
/// [`Failure`] if the file is not one, a value is not of its kind, or the file can't be written; it stays as it was then.
pub fn run(command: &ConfigCommand, globals: &Globals, output: &Output) -> Result<()> {
    let file = match &globals.config {
        Some(file) => file.clone(),
        None => default_file()?,
    };
    let before = match file.exists() {
        true => files::read_text(&file, super::MAX_CONFIG_BYTES)
            .map_err(|reason| super::wrong(&file, reason))?,
        false => String::new(),
    };
    let values = parse(&file, &before)?;
    let (only, text) = match command {
        ConfigCommand::Get { name } => {
            return output.print(&Shown {
                file,
                values,
                only: name.clone(),
                is_written: false,
            });
        }
        ConfigCommand::Set { name, value } => (name, with(&before, name, Some(value))),
        ConfigCommand::Unset { name } => (name, with(&before, name, None)),
    };
    let values = parse(&file, &text)?;
    for name in KEYS {
        values.check(name)?;
    }
    if let (ConfigCommand::Set { .. }, "key", Some(key)) = (command, only.as_str(), &values.key) {
        let keys = globals.keys.clone().or_else(|| values.keys.clone());
        if let Some(keys) = keys.or_else(default_keys) {
            // With the nearest name there is, where there is none like this.
            Keystore::new(keys).info(key)?;
        }
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::failed(
                "file_not_written",
                format!(
                    "{} cannot be made: {}",
                    folder.display(),
                    files::not_made(folder, &error)
                ),
            )
        })?;
    }
    files::write(&file, text.as_bytes(), true)?;
    output.print(&Shown {
        file,
        values,
        only: Some(only.clone()),
        is_written: true,
    })
}

/// The text with the line of `name` replaced, added or taken out; everything else, comments too, stays.
fn with(text: &str, name: &str, value: Option<&str>) -> String {
    let names = |line: &str| {
        line.trim_start()
            .strip_prefix(name)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let line = value.map(|value| format!("{name} = {}", toml::Value::from(value)));
    let mut out = String::with_capacity(text.len() + 128);
    let mut written = false;
    for old in text.lines() {
        match (names(old), &line) {
            (false, _) => {
                let _ = writeln!(out, "{old}");
            }
            (true, Some(line)) if !written => {
                let _ = writeln!(out, "{line}");
                written = true;
            }
            (true, _) => {}
        }
    }
    match line {
        Some(line) if !written => {
            let _ = writeln!(out, "{line}");
        }
        _ => {}
    }
    out
}

/// What the file says. In JSON `{"file", "node", "key", "keys", "chain"}`, null where it says nothing.
#[derive(Debug, Serialize)]
struct Shown {
    file: PathBuf,
    #[serde(flatten)]
    values: ConfigFile,
    #[serde(skip)]
    only: Option<String>,
    #[serde(skip)]
    is_written: bool,
}

impl Report for Shown {
    fn show(&self, page: &mut Page) {
        let keys = self
            .values
            .keys
            .as_ref()
            .map(|keys| keys.display().to_string());
        let ConfigFile {
            node, key, chain, ..
        } = &self.values;
        for (name, value) in KEYS.into_iter().zip([node, key, &keys, chain]) {
            if self.only.as_ref().is_none_or(|only| only == name) {
                page.field(name, value.as_deref().unwrap_or("not set"));
            }
        }
        page.field("file", self.file.display().to_string());
    }

    fn done(&self) -> Option<String> {
        let file = self.file.display();
        self.is_written.then(|| format!("{file} was changed"))
    }
}

#[cfg(test)]
mod tests;
