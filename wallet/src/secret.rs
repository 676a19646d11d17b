//! Secrets: where they come from, and how they leave memory.
//!
//! A secret comes from a prompt on the terminal, from a file or from a file descriptor, never from an argument or the environment
//! (both of which other processes can read). It lives in zeroized memory and has no `Display`; its `Debug` says nothing.

use crate::{
    failure::{Failure, Result},
    files,
    output::{Output, plain},
    terminal::Silenced,
};
use std::{
    fmt,
    fs::File,
    io::{IsTerminal, Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The longest secret that is read, in bytes.
pub const MAX_SECRET_BYTES: usize = 4096;

/// What Linux keeps of a line of a terminal, in bytes; what is typed after them is lost without a word. Others keep less and ring.
const LONGEST_LINE: usize = 4095;

/// A secret text: a passphrase, words, the secret of an original account, a seed in hex.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a text over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SecretText(hidden)")
    }
}

/// The seed of an ed25519 key.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// Takes 32 bytes over.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The seed itself.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Seed(hidden)")
    }
}

/// Where a secret comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// A prompt on the terminal, without echo.
    #[default]
    Prompt,
    File(PathBuf),
    /// A file descriptor that the calling process opened.
    Descriptor(u32),
}

impl Source {
    /// From the two options that name a source; clap sees to it that at most one is given.
    pub fn from_options(file: Option<&Path>, descriptor: Option<u32>) -> Self {
        match (file, descriptor) {
            (Some(file), _) => Self::File(file.to_owned()),
            (None, Some(descriptor)) => Self::Descriptor(descriptor),
            (None, None) => Self::Prompt,
        }
    }

    /// Reads the secret; `output` is told of a file that others can read.
    ///
    /// `what` says what it is, for the prompt and for errors; `otherwise` names the options that replace a prompt. One line break at
    /// the end and a byte order mark at the head are not part of the secret.
    ///
    /// # Errors
    /// [`Failure`] if there is no terminal to ask, or the file can't be read, is too long, empty or not UTF-8.
    pub fn read(&self, what: &str, otherwise: &str, output: &Output) -> Result<SecretText> {
        match self {
            Self::Prompt => prompt(what, otherwise),
            Self::File(path) => {
                let file = open(path, output).map_err(|error| {
                    Failure::usage(
                        "secret_unreadable",
                        format!("{what}: {} cannot be read: {error}", path.display()),
                    )
                })?;
                read_bounded(file, what, Until::End)
            }
            Self::Descriptor(descriptor) => {
                let file = File::open(format!("/dev/fd/{descriptor}")).map_err(|error| {
                    Failure::usage(
                        "secret_unreadable",
                        format!("{what}: file descriptor {descriptor} cannot be read: {error}"),
                    )
                })?;
                read_bounded(file, what, Until::End)
            }
        }
    }

    /// Reads a new secret: a prompt asks twice.
    ///
    /// # Errors
    /// As [`Self::read`], and if the two answers differ.
    pub fn read_new(&self, what: &str, otherwise: &str, output: &Output) -> Result<SecretText> {
        let first = self.read(what, otherwise, output)?;
        if *self == Self::Prompt {
            let again = prompt(&format!("{what} again"), otherwise)?;
            if first.expose() != again.expose() {
                return Err(Failure::usage(
                    "passphrases_differ",
                    "the two answers differ: nothing was written",
                ));
            }
        }
        Ok(first)
    }
}

/// Opens a file with a secret in it, and says so if others can read it.
///
/// # Errors
/// As [`files::open`].
pub fn open(path: &Path, output: &Output) -> std::io::Result<File> {
    let file = files::open(path)?;
    if etm_types::files::is_open_to_others(&file) {
        let name = path.display();
        output.note(&format!(
            "etm: warning: others on this machine can read {name}, which holds a secret: chmod 600 {name}"
        ));
    }
    Ok(file)
}

/// Where a secret ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    End,
    /// The end of a line: a terminal has no other.
    LineEnd,
}

fn read_bounded(mut from: impl Read, what: &str, until: Until) -> Result<SecretText> {
    let wrong = |reason: String| Failure::usage("secret_unreadable", format!("{what}: {reason}"));
    // One allocation, never grown: no copy of the secret stays behind in freed memory.
    let mut bytes = Zeroizing::new(vec![0u8; MAX_SECRET_BYTES + 1]);
    let mut length = 0;
    loop {
        let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) else {
            return Err(wrong(format!("longer than {MAX_SECRET_BYTES} bytes")));
        };
        match from.read(rest) {
            Ok(0) => break,
            Ok(read) => {
                length += read;
                if until == Until::LineEnd && bytes.get(length - 1) == Some(&b'\n') {
                    break;
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(wrong(format!("cannot be read: {error}"))),
        }
    }
    bytes.truncate(length);
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("not UTF-8 text".into()))?;
    let text = files::without_mark(text);
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(wrong("empty".into()));
    }
    Ok(SecretText::new(text.to_owned()))
}

/// Whether there is a person at a terminal who can answer.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn prompt(what: &str, otherwise: &str) -> Result<SecretText> {
    if !can_ask() {
        return Err(Failure::usage(
            "no_terminal",
            format!("{what}: there is no terminal to ask on"),
        )
        .hint(format!("give it with {otherwise}")));
    }
    let wrong = |reason: String| Failure::usage("no_terminal", format!("{what}: {reason}"));
    let mut terminal =
        Silenced::open().map_err(|error| wrong(format!("the terminal cannot be used: {error}")))?;
    write!(terminal, "{}: ", plain(what)).map_err(|error| wrong(error.to_string()))?;
    let answer = read_bounded(&mut terminal, what, Until::LineEnd)?;
    if answer.expose().len() >= LONGEST_LINE {
        return Err(Failure::usage(
            "secret_unreadable",
            format!("{what}: longer than the line of a terminal, {LONGEST_LINE} bytes"),
        )
        .hint(format!("give it with {otherwise}")));
    }
    Ok(answer)
}

/// Asks a yes-or-no question; anything but `y` or `yes` is a no.
///
/// # Errors
/// [`Failure`] if there is no terminal to ask on.
pub fn confirm(question: &str) -> Result<bool> {
    if !can_ask() {
        return Err(Failure::usage(
            "no_terminal",
            "there is no terminal to ask on, so nothing was done",
        )
        .hint("pass --yes to go ahead without a question"));
    }
    let _ = write!(std::io::stderr(), "{} [y/N] ", plain(question));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|error| {
        Failure::failed(
            "no_terminal",
            format!("the terminal cannot be read: {error}"),
        )
    })?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Appends without growing: a secret that outgrew its allocation would leave a copy behind in freed memory.
pub fn push(text: &mut String, part: &str) {
    debug_assert!(text.capacity() - text.len() >= part.len());
    text.push_str(part);
}

#[cfg(test)]
mod tests;
