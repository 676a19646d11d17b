//! Texts encrypted with a passphrase: armored age files, so that they can be had without this program.

use crate::{
    failure::{Failure, Result},
    secret::SecretText,
};
use age::secrecy::SecretString;
use zeroize::Zeroizing;

/// Work factor of scrypt, as a power of two: about a second of work and 256 MiB for every guess at a passphrase.
pub const WORK_FACTOR: u8 = 18;
/// What asks for more work than this is refused instead of keeping the machine busy for hours.
const MAX_WORK_FACTOR: u8 = 22;

/// Encrypts a text.
///
/// # Errors
/// [`Failure`] if that fails.
pub fn seal(text: &str, passphrase: &SecretText, work_factor: u8) -> Result<String> {
    let mut recipient = age::scrypt::Recipient::new(to_age(passphrase));
    recipient.set_work_factor(work_factor);
    age::encrypt_and_armor(&recipient, text.as_bytes())
        .map_err(|error| Failure::failed("file_not_written", format!("encryption failed: {error}")))
}

/// Decrypts it; none if the passphrase is wrong or the text damaged, which nobody can tell apart.
pub fn open(armored: &str, passphrase: &SecretText) -> Option<SecretText> {
    let mut identity = age::scrypt::Identity::new(to_age(passphrase));
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    let plain = Zeroizing::new(age::decrypt(&identity, armored.as_bytes()).ok()?);
    let text = std::str::from_utf8(&plain).ok()?;
    Some(SecretText::new(text.to_owned()))
}

fn to_age(passphrase: &SecretText) -> SecretString {
    SecretString::from(passphrase.expose().to_owned())
}
