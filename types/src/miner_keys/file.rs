//! The text of a key file: how a miner's secret keys are kept, by the node that signs with them and by the wallet that
//! registers them.

use super::MinerSecrets;
use crate::keys::{BlsSecret, SecretKey};
use crate::text::without_mark;
use thiserror::Error;

/// The first line.
const FORMAT: &str = "etm-node-keys/v1";

/// Why a text holds no keys. It repeats nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyTextError {
    /// Another first line.
    #[error("must begin with the line {FORMAT}")]
    Format,
    /// The node key's line is missing or malformed.
    #[error("the second line must be `node` and 64 hexadecimal digits")]
    Node,
    /// The BLS key's line is missing or malformed.
    #[error("the third line must be `bls` and 64 hexadecimal digits")]
    Bls,
    /// The BLS key is no scalar.
    #[error("the BLS key must be a scalar below the order of the group")]
    Scalar,
    /// There is more.
    #[error("must end after the third line")]
    More,
}

impl MinerSecrets {
    /// The text of a key file.
    pub fn to_text(&self) -> String {
        format!(
            "{FORMAT}\nnode {}\nbls {}\n",
            const_hex::encode(self.node.expose_seed()),
            const_hex::encode(self.bls.expose_bytes())
        )
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// [`KeyTextError`] that says which line is wrong.
    pub fn from_text(text: &str) -> Result<Self, KeyTextError> {
        let mut lines = without_mark(text).lines();
        if lines.next() != Some(FORMAT) {
            return Err(KeyTextError::Format);
        }
        let mut field = |name: &str, error| {
            let line = lines.next().unwrap_or_default();
            let digits = line
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix(' '));
            digits.and_then(hex).ok_or(error)
        };
        let node = SecretKey::from_seed(field("node", KeyTextError::Node)?);
        let bls = field("bls", KeyTextError::Bls)?;
        let bls = BlsSecret::from_bytes(&bls).map_err(|_| KeyTextError::Scalar)?;
        match lines.next() {
            None => Ok(Self { node, bls }),
            Some(_) => Err(KeyTextError::More),
        }
    }
}

fn hex(digits: &str) -> Option<[u8; 32]> {
    // The decoder would take a prefix.
    let plain = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    const_hex::decode_to_array(digits).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written() {
        let secrets = MinerSecrets::random();
        let text = secrets.to_text();
        let read = MinerSecrets::from_text(&text).unwrap();
        assert_eq!(read.node.node_key(), secrets.node.node_key());
        assert_eq!(read.bls.public_key(), secrets.bls.public_key());
        assert_eq!(read.to_text(), text);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line() {
        let (one, most) = ("01".repeat(32), "ff".repeat(32));
        let wrong = |text: &str| MinerSecrets::from_text(text).unwrap_err();
        assert_eq!(wrong(""), KeyTextError::Format);
        assert_eq!(wrong("etm-node-keys/v2\n"), KeyTextError::Format);
        for node in ["", "node", "node 00", &format!("node 0x{}", &one[2..])] {
            let text = format!("{FORMAT}\n{node}\nbls {one}\n");
            assert_eq!(wrong(&text), KeyTextError::Node, "{node}");
        }
        let text = format!("{FORMAT}\nnode {one}\nbls é{}\n", "0".repeat(62));
        assert_eq!(wrong(&text), KeyTextError::Bls);
        let text = format!("{FORMAT}\nnode {one}\nbls {most}\n");
        assert_eq!(wrong(&text), KeyTextError::Scalar);
        let text = format!("{FORMAT}\nnode {one}\nbls {one}\nmore\n");
        assert_eq!(wrong(&text), KeyTextError::More);
    }
}
