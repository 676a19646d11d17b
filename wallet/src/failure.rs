//! How a command fails: one clear line, a stable code for programs, an exit code for scripts.

use etm_types::api::Hash;
use serde::Serialize;
use std::fmt;

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Refused by the chain or the person, or failed.
    Failed = 1,
    /// The command line, the configuration or an input is wrong.
    Usage = 2,
    /// The node can't be reached, or doesn't answer properly.
    Unreachable = 3,
    /// Waited long enough.
    TimedOut = 4,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed.
///
/// The message is for people and never holds a secret; the code is for programs and never changes its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The exit code.
    #[serde(skip)]
    pub exit: Exit,
    /// For programs.
    pub code: String,
    /// For people: what was wrong.
    pub message: String,
    /// For people: what would be right, if that is known.
    pub hint: Option<String>,
    /// What was signed and may be in a block, or get into one, in spite of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transactions: Vec<Abroad>,
    /// Whether it was printed already, with the result.
    #[serde(skip)]
    pub told: bool,
}

impl Failure {
    /// A failure with a code and a message.
    pub fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.into(),
            message: message.into(),
            hint: None,
            transactions: Vec::new(),
            told: false,
        }
    }

    /// Something was refused or failed: exit code 1.
    pub fn failed(code: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// An input is wrong: exit code 2.
    pub fn usage(code: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, code, message)
    }

    /// Adds what would be right.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds to what would be right.
    #[must_use]
    pub fn also(self, hint: impl fmt::Display) -> Self {
        let before = self.hint.clone().filter(|before| !before.is_empty());
        let hint = match before {
            Some(before) => format!("{before}; {hint}"),
            None => hint.to_string(),
        };
        self.hint(hint)
    }

    /// Says what is signed and out of one's hands: whoever would send another one has to know of it, whatever a node says of this one.
    #[must_use]
    pub fn abroad(mut self, sent: Abroad) -> Self {
        if self.transactions.contains(&sent) {
            return self;
        }
        self.transactions.push(sent);
        let Abroad { hash, expires_at } = sent;
        self.also(format!(
            "transaction {hash} is signed and was given to a node: for all that anybody else knows it counts until it expires, after block {expires_at}, \
             or is in a block; `etm tx {hash}`, of another node too (--node), tells what became of it; sign nothing in its place before that"
        ))
    }
}

/// A transaction that was given to a node, which may pass it on whatever it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Abroad {
    /// Its hash.
    pub hash: Hash,
    /// The last height whose block can hold it.
    pub expires_at: u64,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        match &self.hint {
            Some(hint) if !hint.is_empty() => write!(out, " ({hint})"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

impl From<crate::amount::AmountError> for Failure {
    fn from(error: crate::amount::AmountError) -> Self {
        Self::usage("invalid_amount", error.to_string())
    }
}

/// What a command answers.
pub type Result<T> = std::result::Result<T, Failure>;
