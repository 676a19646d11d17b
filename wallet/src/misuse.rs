//! What is said about a command line that can't be read.

use crate::{
    failure::{Exit, Failure},
    output::{Output, end_of_writing},
};
use clap::error::{ContextKind, ErrorKind};
use std::{ffi::OsString, io::Write};

/// Says what is wrong with a command line, or prints the help that was asked for, and gives the exit code.
///
/// With `--json` among the arguments it is said as JSON. What may be a secret that somebody gave as an argument is not repeated.
pub fn misused(error: &clap::Error, arguments: impl IntoIterator<Item = OsString>) -> Exit {
    if !error.use_stderr() {
        return match end_of_writing(print_help(error)) {
            Ok(()) => Exit::Ok,
            Err(failure) => {
                Output::new(false, false).failure(&failure);
                failure.exit
            }
        };
    }
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let output = Output::new(json, false);
    if may_show_a_secret(error, &arguments) {
        output.failure(&secret_given());
    } else if let Some(number) = negative(error, &arguments) {
        let message = format!("{number}: there is no negative amount, number or time");
        output.failure(&Failure::usage("usage", message));
    } else if json {
        output.failure(&failure(error));
    } else {
        // The prefix of all errors, instead of clap's.
        let text = text_of(error);
        let text = without_common_options(text.strip_prefix("error: ").unwrap_or(&text));
        let _ = write!(std::io::stderr(), "etm: {text}");
    }
    Exit::Usage
}

/// What the standard library says of a text that is no number, and what people say.
const NUMBERS: [(&str, &str); 4] = [
    ("invalid digit found in string", "it must be a whole number"),
    (
        "cannot parse integer from empty string",
        "it must be a whole number",
    ),
    ("number too large to fit in target type", "it is too large"),
    ("invalid float literal", "it must be a number"),
];

fn text_of(error: &clap::Error) -> String {
    NUMBERS
        .iter()
        .fold(error.render().to_string(), |text, (said, meant)| {
            text.replace(said, meant)
        })
}

/// Options of every command that clap puts into the usage as if they were needed, once the environment sets them.
const COMMON: [&str; 5] = [
    " --node <URL>",
    " --key <NAME>",
    " --keys <FOLDER>",
    " --chain <CHAIN_ID>",
    " --config <FILE>",
];

fn without_common_options(text: &str) -> String {
    let lines = text
        .split_inclusive('\n')
        .map(|line| match line.starts_with("Usage: ") {
            true => COMMON
                .iter()
                .fold(line.to_owned(), |line, option| line.replace(option, "")),
            false => line.to_owned(),
        });
    lines.collect()
}

/// Prints what was asked for: help, or the version.
fn print_help(error: &clap::Error) -> std::io::Result<()> {
    error.print()?;
    std::io::stdout().flush()
}

fn secret_given() -> Failure {
    Failure::usage(
        "secret_in_argument",
        "a secret is never an argument: others on this machine and the shell's history have seen it",
    )
    .hint("it is asked for, or read with --secret-file, --secret-fd, --passphrase-file or --passphrase-fd")
}

fn may_show_a_secret(error: &clap::Error, arguments: &[OsString]) -> bool {
    let about = match error.get(ContextKind::InvalidArg) {
        Some(about) => about.to_string(),
        None => return false,
    };
    // Nothing but `keys` takes words and seeds; the lab's seeds are no secrets.
    let keys = arguments.iter().any(|argument| argument == "keys");
    match error.kind() {
        // A word too many where words are expected.
        ErrorKind::UnknownArgument => keys && !about.starts_with('-'),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue | ErrorKind::TooManyValues => {
            let secrets: &[&str] = match keys {
                true => &["passphrase", "secret", "seed", "words"],
                false => &["passphrase", "secret"],
            };
            secrets.iter().any(|word| about.contains(word))
        }
        _ => false,
    }
}

/// A number below 0 that was taken for an option.
fn negative(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let about = error.get(ContextKind::InvalidArg)?.to_string();
    let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
    let number = texts.find(|text| {
        let digits = text.replace([',', '_'], "");
        text.starts_with(&about) && digits.starts_with('-') && digits.parse::<f64>().is_ok()
    });
    let is_unknown = error.kind() == ErrorKind::UnknownArgument;
    number.filter(|_| is_unknown).map(str::to_owned)
}

/// The message and the tip of clap's text.
fn failure(error: &clap::Error) -> Failure {
    let text = text_of(error);
    let mut lines = text.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let message = first.strip_prefix("error: ").unwrap_or(first);
    // Some messages end with a list of what they are about.
    let rest: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let message = match rest.as_slice() {
        [] => message.to_owned(),
        rest => format!("{message} {}", rest.join(" ")),
    };
    let failure = Failure::usage("usage", message);
    match text
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "))
    {
        Some(tip) => failure.hint(tip),
        None => failure,
    }
}
