//! From what people keep to the seed of an ed25519 key.
//!
//! * **Words**: BIP-39, 24 English words (12 to 24 are taken), empty BIP-39 passphrase; then SLIP-0010 for ed25519 along
//!   `m/44'/1818'/ACCOUNT'/0'`, `ACCOUNT` being 0 unless said otherwise. The voting page derives the same.
//! * **Secrets of the original network**: the seed is SHA-256 of the UTF-8 secret, as it was there.
//! * **Seeds**: 64 hex digits, taken as they are.

use crate::secret::push;
use crate::{
    failure::{Failure, Result},
    secret::{SecretText, Seed},
};
use bip39::{Language, Mnemonic};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, Zeroizing};

/// Steps of the path before the account, each hardened: BIP-44's purpose, and the coin.
pub const PATH_PREFIX: [u32; 2] = [44, 1818];
/// The step after the account, hardened.
pub const PATH_SUFFIX: u32 = 0;

const HARDENED: u32 = 0x8000_0000;
const MASTER: &[u8] = b"ed25519 seed";

/// The path of an account's key as people write it.
pub fn path_text(account: u32) -> String {
    let [purpose, coin] = PATH_PREFIX;
    format!("m/{purpose}'/{coin}'/{account}'/{PATH_SUFFIX}'")
}

/// 24 new words from 256 bits of the operating system's randomness.
///
/// # Errors
/// [`Failure`] if the operating system has no randomness to give.
pub fn new_words() -> Result<SecretText> {
    let mut entropy = Zeroizing::new([0u8; 32]);
    getrandom::fill(&mut *entropy).map_err(|error| {
        Failure::failed(
            "no_randomness",
            format!("the system gives no randomness: {error}"),
        )
    })?;
    let mnemonic = Mnemonic::from_entropy_in(Language::English, &*entropy)
        .map_err(|error| Failure::failed("no_randomness", error.to_string()))?;
    Ok(join(&mnemonic))
}

/// Checks words and writes them the usual way: lower case, one space between them.
///
/// # Errors
/// [`Failure`] saying which word is unknown (by its number, never by the words around it), or that the checksum is wrong.
pub fn check_words(words: &SecretText) -> Result<SecretText> {
    Ok(join(&parse(words)?))
}

/// The ed25519 seed of account number `account` under `words`.
///
/// # Errors
/// As [`check_words`], and if `account` is 2^31 or more.
pub fn seed_from_words(words: &SecretText, account: u32) -> Result<Seed> {
    if account >= HARDENED {
        return Err(Failure::usage(
            "invalid_account",
            format!(
                "account {account} is too large: 0 to {} are allowed",
                HARDENED - 1
            ),
        ));
    }
    let mnemonic = parse(words)?;
    let master = Zeroizing::new(mnemonic.to_seed_normalized(""));
    let [purpose, coin] = PATH_PREFIX;
    slip10(&*master, &[purpose, coin, account, PATH_SUFFIX])
}

/// The seed of an account of the original network: SHA-256 of its secret.
pub fn seed_from_v1_secret(secret: &SecretText) -> Seed {
    Seed::new(Sha256::digest(secret.expose().as_bytes()).into())
}

/// Reads a raw seed: 64 hex digits.
///
/// # Errors
/// [`Failure`] that does not repeat what was given.
pub fn seed_from_hex(text: &SecretText) -> Result<Seed> {
    let wrong = || Failure::usage("invalid_seed", "a seed is 64 hex digits");
    let digits = text.expose().trim().as_bytes();
    if digits.len() != 64 {
        return Err(wrong());
    }
    let mut bytes = Zeroizing::new([0u8; 32]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |index: usize| {
            pair.get(index)
                .and_then(|digit| (*digit as char).to_digit(16))
        };
        let (Some(high), Some(low)) = (digit(0), digit(1)) else {
            return Err(wrong());
        };
        *byte = u8::try_from(high << 4 | low).map_err(|_| wrong())?;
    }
    Ok(Seed::new(*bytes))
}

/// SLIP-0010 for ed25519: the key at `path` (every step hardened) under a master seed.
///
/// # Errors
/// [`Failure`] if HMAC refuses a key, which it never does.
pub fn slip10(master_seed: &[u8], path: &[u32]) -> Result<Seed> {
    let mut node = hmac_sha512(MASTER, &[master_seed])?;
    for step in path {
        let index = (HARDENED | step).to_be_bytes();
        let (key, chain_code) = node.split_at(32);
        let next = hmac_sha512(chain_code, &[&[0], key, &index])?;
        node = next;
    }
    let mut seed = Zeroizing::new([0u8; 32]);
    seed.copy_from_slice(&node[..32]);
    Ok(Seed::new(*seed))
}

fn hmac_sha512(key: &[u8], parts: &[&[u8]]) -> Result<Zeroizing<[u8; 64]>> {
    let mut mac = Hmac::<Sha512>::new_from_slice(key)
        .map_err(|error| Failure::failed("derivation_failed", error.to_string()))?;
    for part in parts {
        mac.update(part);
    }
    let mut output = mac.finalize().into_bytes();
    let mut bytes = Zeroizing::new([0u8; 64]);
    bytes.copy_from_slice(&output);
    output.zeroize();
    Ok(bytes)
}

fn parse(words: &SecretText) -> Result<Mnemonic> {
    let count = split(words.expose()).count();
    if !matches!(count, 12 | 15 | 18 | 21 | 24) {
        return Err(Failure::usage(
            "invalid_words",
            format!("{count} words: a phrase has 24 (or 12, 15, 18, 21)"),
        ));
    }
    let mut normal = Zeroizing::new(String::with_capacity(words.expose().len()));
    for word in split(words.expose()) {
        if !normal.is_empty() {
            normal.push(' ');
        }
        normal.extend(word.chars().map(|letter| letter.to_ascii_lowercase()));
    }
    Mnemonic::parse_in_normalized(Language::English, &normal).map_err(|error| {
        let message = match error {
            bip39::Error::UnknownWord(index) => {
                format!(
                    "word {} is not one of the 2,048 English BIP-39 words",
                    index + 1
                )
            }
            bip39::Error::InvalidChecksum => {
                "the checksum of the words is wrong: one is mistyped or two are swapped".to_owned()
            }
            _ => "these are not BIP-39 words".to_owned(),
        };
        Failure::usage("invalid_words", message)
    })
}

/// The words of a phrase as people keep it: in lines or with commas, numbered (`1. word`, `1) word`, `1 word`), with invisible
/// characters from a web page between them.
fn split(phrase: &str) -> impl Iterator<Item = &str> {
    let between = |letter: char| {
        letter.is_whitespace()
            || matches!(
                letter,
                ',' | ';' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
            )
    };
    phrase
        .split(between)
        // No word holds a digit, so a number in front is not part of one.
        .map(|word| {
            let bare = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
            match bare.len() == word.len() {
                true => word,
                false => bare.trim_start_matches(['.', ')', ':']),
            }
        })
        .filter(|word| !word.is_empty())
}

/// What is unusual about a secret of the original network, which were twelve lower-case BIP-39 words with one space between them: each
/// of these yields another, equally valid-looking address if it is a slip.
pub fn v1_oddities(secret: &SecretText) -> Vec<&'static str> {
    let text = secret.expose();
    let mut odd = Vec::new();
    if text.trim() != text {
        odd.push("it begins or ends with white space");
    }
    if text.trim().split(' ').any(str::is_empty) || text.chars().any(|letter| letter.is_control()) {
        odd.push("its words have more than one space, a tab or a line break between them");
    }
    if text.chars().any(char::is_uppercase) {
        odd.push("it has capital letters");
    }
    if !text.is_ascii() {
        odd.push("it has letters or invisible characters that no English word has");
    }
    match parse(secret) {
        Ok(mnemonic) if mnemonic.word_count() == 12 => {}
        Ok(_) => odd.push("it has more than twelve words"),
        Err(failure) if failure.message.contains("checksum") => {
            odd.push("the checksum of its words is wrong: one is mistyped or two are swapped");
        }
        Err(_) => odd.push("it is no phrase of twelve words of the BIP-39 list"),
    }
    odd
}

fn join(mnemonic: &Mnemonic) -> SecretText {
    // 24 words of at most 8 letters: the text never grows beyond what is reserved, so no copy stays behind.
    let mut text = String::with_capacity(24 * 9);
    for word in mnemonic.words() {
        if !text.is_empty() {
            text.push(' ');
        }
        push(&mut text, word);
    }
    SecretText::new(text)
}

#[cfg(test)]
mod tests;
