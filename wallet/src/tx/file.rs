//! A transaction in a file.

use crate::{
    context::now_ms,
    failure::{Failure, Result},
    files,
    output::{Page, Report, Tone},
    signed::{self, unseen},
    verbs::Verb,
    verify::expiry::Known,
};
use etm_types::{Payload, Transaction, UnsignedTransaction, codec};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The format of transaction files.
pub const FORMAT: &str = "etm-tx/1";
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// A transaction file: JSON with the canonical encoding in hex. Everything beside `transaction` is there for people and programs that
/// read it; a file in which it does not fit the encoding is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransactionFile {
    format: String,
    signed: bool,
    hash: Option<String>,
    transaction: String,
}

/// What a transaction file holds.
pub(super) enum Content {
    Unsigned(UnsignedTransaction),
    Signed(Transaction),
}

impl Content {
    pub(super) fn unsigned(&self) -> &UnsignedTransaction {
        match self {
            Self::Unsigned(unsigned) => unsigned,
            Self::Signed(transaction) => &transaction.unsigned,
        }
    }
}

impl TransactionFile {
    /// The file of a transaction that is yet to be signed.
    pub fn unsigned(transaction: &UnsignedTransaction) -> Self {
        Self {
            format: FORMAT.to_owned(),
            signed: false,
            hash: None,
            transaction: etm_types::bytes::hex(&codec::to_bytes(transaction)),
        }
    }

    /// The file of a signed transaction.
    pub fn signed(transaction: &Transaction) -> Self {
        Self {
            format: FORMAT.to_owned(),
            signed: true,
            hash: Some(transaction.hash().to_string()),
            transaction: etm_types::bytes::hex(&codec::to_bytes(transaction)),
        }
    }

    /// Writes it, in one step.
    ///
    /// # Errors
    /// [`Failure`] if that fails, or there is a file.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::failed("file_not_written", error.to_string()))?;
        text.push('\n');
        files::write(path, text.as_bytes(), false)
    }

    pub(super) fn read(path: &Path) -> Result<Content> {
        let wrong = |reason: String| {
            Failure::usage(
                "invalid_transaction_file",
                format!("{}: {reason}", path.display()),
            )
        };
        let text = files::read_text(path, MAX_FILE_BYTES).map_err(wrong)?;
        let file: Self = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("no transaction file: {error}")))?;
        if file.format != FORMAT {
            return Err(wrong(format!(
                "its format is {:?}, not {FORMAT}",
                file.format
            )));
        }
        file.content().map_err(wrong)
    }

    /// The transaction, which has to be as the rest of the file says.
    fn content(&self) -> std::result::Result<Content, String> {
        let content = decode(&self.transaction, self.signed).map_err(|reason| {
            match (self.signed, decode(&self.transaction, !self.signed)) {
                (_, Err(_)) => reason,
                (true, Ok(_)) => "it says \"signed\": true, and there is no signature".to_owned(),
                (false, Ok(_)) => "it says \"signed\": false, and there is a signature".to_owned(),
            }
        })?;
        let hash = match &content {
            Content::Signed(transaction) => Some(transaction.hash().to_string()),
            Content::Unsigned(_) => None,
        };
        let words = |hash: &Option<String>| hash.clone().unwrap_or_else(|| "none".to_owned());
        match self.hash.is_none() || self.hash == hash {
            true => Ok(content),
            false => Err(format!(
                "it says that the hash is {}, and that is {}",
                words(&self.hash),
                words(&hash)
            )),
        }
    }
}

pub(super) fn decode(hex: &str, signed: bool) -> std::result::Result<Content, String> {
    let bytes: etm_types::api::Bytes = hex
        .trim()
        .parse()
        .map_err(|error: etm_types::api::ScalarError| error.to_string())?;
    match signed {
        true => Transaction::from_bytes(&bytes.0)
            .map(Content::Signed)
            .map_err(|error| error.to_string()),
        false => codec::from_bytes(&bytes.0)
            .map(Content::Unsigned)
            .map_err(|error| error.to_string()),
    }
}

/// Shows a transaction that is to be signed.
pub fn show_unsigned(unsigned: &UnsignedTransaction, page: &mut Page) {
    page.title(&Verb::from(&unsigned.payload).to_string());
    signed::show(page, unsigned, &signed::Names::default());
    show_expiry(unsigned, page);
    page.field("signature", "none yet");
    if let Payload::Transfer { memo, .. } = &unsigned.payload
        && let Some(message) = unseen(memo)
    {
        page.say(Tone::Warning, &format!("! {message}"));
    }
}

/// How long it counts, where something is known of its chain.
pub fn show_expiry(unsigned: &UnsignedTransaction, page: &mut Page) {
    let height = unsigned.expires_at.0;
    if let Some(known) = Known::of(unsigned.chain) {
        let words = known.words(height, now_ms());
        match known.is_over(height) {
            true => page.field_toned("counts", Tone::Bad, &words),
            false => page.field("counts", words),
        }
    }
}

/// A transaction file that was written.
#[derive(Debug, Serialize)]
pub struct Written {
    file: String,
    signed: bool,
    hash: Option<String>,
}

impl Written {
    /// What to say about a file.
    pub fn new(path: &Path, file: &TransactionFile) -> Self {
        Self {
            file: path.display().to_string(),
            signed: file.signed,
            hash: file.hash.clone(),
        }
    }
}

impl Report for Written {
    fn show(&self, page: &mut Page) {
        page.field("written to", &self.file);
        match &self.hash {
            Some(hash) => {
                page.field("transaction", hash);
                page.field("send it with", format!("etm tx broadcast {}", self.file));
            }
            None => page.field(
                "sign it with",
                format!("etm tx sign {} --out FILE", self.file),
            ),
        }
    }

    fn done(&self) -> Option<String> {
        Some(format!("the transaction is in {}", self.file))
    }
}

#[cfg(test)]
mod tests;
