//! Short texts that travel in transactions, each with its limit and its alphabet.

use crate::codec::{DecodeError, Reader, Wire, Writer};
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::str::FromStr;
use etm_mechanism::MinerName;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// The text without the byte order mark that some editors put in front.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Text that a stranger wrote, as it is shown: what has no shape of its own, or could move the cursor, colour a terminal or turn what stands beside
/// it, becomes `?`. Held to `vectors/text/plain.json`, as the page's is.
pub fn plain(text: &str) -> String {
    let shown = |letter| if is_unseen(letter) { '?' } else { letter };
    text.chars().map(shown).collect()
}

/// Unicode's controls, formats and separators of lines and paragraphs (Cc, Cf, Zl, Zp), and what it says to show nothing for.
pub fn is_unseen(letter: char) -> bool {
    const FAMILIES: [GeneralCategory; 4] = [
        GeneralCategory::Control,
        GeneralCategory::Format,
        GeneralCategory::LineSeparator,
        GeneralCategory::ParagraphSeparator,
    ];
    let family = CodePointMapData::<GeneralCategory>::new().get(letter);
    FAMILIES.contains(&family)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
}

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// It has too many or too few bytes.
    #[error("{name} must have {min} to {max} bytes, not {found}")]
    Length {
        /// What the text would be.
        name: &'static str,
        /// The fewest bytes allowed.
        min: usize,
        /// The most bytes allowed.
        max: usize,
        /// Bytes found.
        found: usize,
    },
    /// It holds something it may not.
    #[error("{name}: {reason}")]
    Content {
        /// What the text would be.
        name: &'static str,
        /// What a valid one looks like.
        reason: &'static str,
    },
}

macro_rules! text_type {
    ($(#[$doc:meta])* $type:ident, $name:literal, $min:literal ..= $max:literal, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// The fewest bytes allowed.
            pub const MIN_BYTES: usize = $min;
            pub const MAX_BYTES: usize = $max;

            /// Checks a text.
            ///
            /// # Errors
            /// [`TextError`] if its length or content is not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
                let text = text.into();
                if !($min..=$max).contains(&text.len()) {
                    return Err(TextError::Length {
                        name: $name,
                        min: $min,
                        max: $max,
                        found: text.len(),
                    });
                }
                match $check(&text) {
                    Ok(()) => Ok(Self(text)),
                    Err(reason) => Err(TextError::Content { name: $name, reason }),
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl FromStr for $type {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl Wire for $type {
            fn write(&self, out: &mut Writer) {
                out.short_text(&self.0);
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let offset = input.offset();
                let text = input.short_text($name, $min, $max)?;
                $check(text).map_err(|reason| Reader::invalid($name, offset, reason))?;
                Ok(Self(text.to_owned()))
            }
        }
    };
}

text_type!(
    /// A note on a transfer: UTF-8 without control characters; empty for none.
    Memo, "memo", 0..=64, no_control_characters
);
text_type!(
    /// Where a miner's node listens: `host:port`, the host an IPv4 address, an IPv6 address in brackets or a DNS name.
    DialAddress, "dial address", 3..=128, host_and_port
);
text_type!(
    /// How people reach a miner (a web page, an e-mail address ...): printable ASCII.
    Contact, "contact", 1..=128, printable_ascii
);

/// From where an address can be dialled, as far as that can be seen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// From other machines, if they know the name and have a way there.
    Elsewhere,
    /// Only from the machine itself.
    ThisMachine,
    /// From nowhere: it is the address of no machine, or of many.
    Nowhere,
}

impl DialAddress {
    /// As [`Self::new`], but for an address that leads somewhere.
    ///
    /// # Errors
    /// [`TextError`], also for the address of no machine or of many.
    pub fn of_machine(text: impl Into<String>) -> Result<Self, TextError> {
        let dial = Self::new(text)?;
        match dial.reach() {
            Reach::Nowhere => Err(TextError::Content {
                name: "dial address",
                reason: "this is the address of no machine",
            }),
            Reach::Elsewhere | Reach::ThisMachine => Ok(dial),
        }
    }

    /// From where it can be dialled.
    pub fn reach(&self) -> Reach {
        let host = self.0.rsplit_once(':').map_or("", |(host, _)| host);
        let plain = host.trim_matches(['[', ']']);
        let Ok(address) = plain.parse::<IpAddr>() else {
            let last = plain.rsplit('.').next().unwrap_or_default();
            // What ends in a number is a name to nobody.
            return match last.bytes().all(|byte| byte.is_ascii_digit()) {
                true => Reach::Nowhere,
                false if last.eq_ignore_ascii_case("localhost") => Reach::ThisMachine,
                false => Reach::Elsewhere,
            };
        };
        let address = address.to_canonical();
        let no_machine = match address {
            IpAddr::V4(address) => {
                address.octets().starts_with(&[0]) || address == Ipv4Addr::BROADCAST
            }
            IpAddr::V6(address) => address.is_unspecified(),
        };
        match (no_machine || address.is_multicast(), address.is_loopback()) {
            (true, _) => Reach::Nowhere,
            (false, true) => Reach::ThisMachine,
            (false, false) => Reach::Elsewhere,
        }
    }
}

impl Memo {
    /// No memo.
    pub const fn empty() -> Self {
        Self(String::new())
    }

    /// Whether there is no memo.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn no_control_characters(text: &str) -> Result<(), &'static str> {
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters");
    }
    Ok(())
}

impl Wire for MinerName {
    fn write(&self, out: &mut Writer) {
        out.short_text(self.as_str());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        let text = input.short_text("miner name", 1, Self::MAX_LENGTH)?;
        Self::new(text).map_err(|_| {
            Reader::invalid("miner name", offset, "may only contain a-z 0-9 ! @ $ & _ .")
        })
    }
}

fn printable_ascii(text: &str) -> Result<(), &'static str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        Ok(())
    } else {
        Err("may only contain printable ASCII")
    }
}

fn host_and_port(text: &str) -> Result<(), &'static str> {
    const SHAPE: &str =
        "must be host:port, like 192.0.2.7:4000, [2001:db8::7]:4000 or node.example.org:4000";
    let (host, port) = text.rsplit_once(':').ok_or(SHAPE)?;
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && !port.starts_with('0') && port.parse::<u16>().is_ok();
    if !canonical {
        return Err("the port must be a number from 1 to 65535");
    }
    if let Some(inner) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return match inner.parse::<core::net::Ipv6Addr>() {
            Ok(_) => Ok(()),
            Err(_) => Err(SHAPE),
        };
    }
    let labels_are_valid = host.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    if labels_are_valid { Ok(()) } else { Err(SHAPE) }
}
