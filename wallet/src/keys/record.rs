//! What stands encrypted in a key file: a few lines of text, written without leaving copies in memory.

use super::derivation;
use crate::{
    failure::Result,
    secret::{SecretText, Seed},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

const FORMAT: &str = "etm-secret/1";

/// What a key was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// BIP-39 words.
    Words,
    /// A secret of the original network.
    V1Secret,
    /// A raw seed.
    Seed,
}

impl Kind {
    /// The kind as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::V1Secret => "v1-secret",
            Self::Seed => "seed",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A secret with what is needed to derive a key from it.
#[derive(Clone, Debug)]
pub struct Record {
    /// What the secret is.
    pub kind: Kind,
    /// The account number of the derivation path; 0 unless `kind` is [`Kind::Words`].
    pub account: u32,
    pub secret: SecretText,
}

impl Record {
    /// A record, checked: its secret yields a seed.
    ///
    /// # Errors
    /// [`Failure`] if the secret is not of its kind.
    pub fn new(kind: Kind, account: u32, secret: SecretText) -> Result<Self> {
        let secret = match kind {
            Kind::Words => derivation::check_words(&secret)?,
            Kind::V1Secret | Kind::Seed => secret,
        };
        let record = Self {
            kind,
            account,
            secret,
        };
        record.seed()?;
        Ok(record)
    }

    /// The seed of the ed25519 key.
    ///
    /// # Errors
    /// [`Failure`] if the secret is not of its kind.
    pub fn seed(&self) -> Result<Seed> {
        match self.kind {
            Kind::Words => derivation::seed_from_words(&self.secret, self.account),
            Kind::V1Secret => Ok(derivation::seed_from_v1_secret(&self.secret)),
            Kind::Seed => derivation::seed_from_hex(&self.secret),
        }
    }

    /// Whether a phrase or a seed says the same so often that it is among the first that others guess: chance makes none like it.
    pub fn is_guessable(&self) -> bool {
        let different = |parts: &[&[u8]]| parts.iter().collect::<BTreeSet<_>>().len();
        match self.kind {
            Kind::Words => {
                let words: Vec<&[u8]> =
                    self.secret.expose().split(' ').map(str::as_bytes).collect();
                2 * different(&words) < words.len()
            }
            Kind::Seed => self
                .seed()
                .is_ok_and(|seed| different(&seed.expose().chunks(1).collect::<Vec<_>>()) < 12),
            Kind::V1Secret => false,
        }
    }

    /// The address of the account.
    ///
    /// # Errors
    /// As [`Self::seed`].
    pub fn address(&self) -> Result<etm_types::Address> {
        let key = etm_types::SecretKey::from_seed(*self.seed()?.expose());
        Ok(etm_types::Address::of(&key.public_key()))
    }

    /// The text that is encrypted: format, kind, account and secret, a line each; the secret is last and may hold line breaks.
    pub fn to_text(&self) -> SecretText {
        let account = self.account.to_string();
        let secret = self.secret.expose();
        let mut text = String::with_capacity(64 + secret.len());
        for part in [
            FORMAT,
            "\n",
            self.kind.as_str(),
            "\n",
            &account,
            "\n",
            secret,
        ] {
            crate::secret::push(&mut text, part);
        }
        SecretText::new(text)
    }

    /// Reads [`Self::to_text`] back; nothing about the secret is said if it fails.
    pub fn from_text(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(FORMAT)?.strip_prefix('\n')?;
        let (kind, rest) = rest.split_once('\n')?;
        let (account, secret) = rest.split_once('\n')?;
        let kind = [Kind::Words, Kind::V1Secret, Kind::Seed]
            .into_iter()
            .find(|candidate| candidate.as_str() == kind)?;
        let account = account.parse().ok()?;
        Self::new(kind, account, SecretText::new(secret.to_owned())).ok()
    }
}
