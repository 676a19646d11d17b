//! What nodes send each other beside consensus: transactions on their way, a list of them in one message, and what a node says of itself.
//!
//! Nodes pass on what their own users gave them, and nothing else: the committees are all connected with each other, so every transaction
//! reaches those who make blocks directly. A node without a place in their network gives it to its upstreams, whose own it is from then on. Several
//! go in one message, as a peer may send only so many messages a second.

use etm_types::{
    Transaction,
    codec::{DecodeError, Reader, Writer},
    limits::MAX_TRANSACTION_BYTES,
};

use super::announced::Announcement;

/// The most transactions in one message.
pub const MAX_TRANSACTIONS: usize = 64;

/// The most bytes of a message.
pub const MAX_BYTES: usize = 1 + 4 + MAX_TRANSACTIONS * MAX_TRANSACTION_BYTES;

/// First bytes of messages.
const TRANSACTIONS: u8 = 0;
const ANNOUNCEMENT: u8 = 1;

/// What is in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// One to [`MAX_TRANSACTIONS`].
    Transactions(Vec<Transaction>),
    /// What the sender says of itself.
    Announcement(Announcement),
}

/// The message with these transactions, one to [`MAX_TRANSACTIONS`].
pub fn encode(transactions: &[Transaction]) -> Vec<u8> {
    let mut out = Writer::default();
    out.u8(TRANSACTIONS);
    out.list(transactions);
    out.into_bytes()
}

/// The message in which a node says this of itself.
pub fn announce(announcement: &Announcement) -> Vec<u8> {
    let mut out = Writer::default();
    out.u8(ANNOUNCEMENT);
    announcement.write(&mut out);
    out.into_bytes()
}

/// What is in a message.
///
/// # Errors
/// [`DecodeError`] for anything that neither [`encode`] nor [`announce`] makes.
pub fn decode(bytes: &[u8]) -> Result<Message, DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLong {
            field: "message",
            length: bytes.len(),
            max: MAX_BYTES,
        });
    }
    let mut input = Reader::new(bytes);
    let offset = input.offset();
    let message = match input.u8("kind of message")? {
        TRANSACTIONS => Message::Transactions(input.list("transactions", 1, MAX_TRANSACTIONS)?),
        ANNOUNCEMENT => Message::Announcement(Announcement::read(&mut input)?),
        _ => {
            let rule = "must be 0 for transactions or 1 for an announcement";
            return Err(Reader::invalid("kind of message", offset, rule));
        }
    };
    input.finish()?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use etm_types::Height;

    use super::*;
    use crate::engine::testing;

    fn transactions(count: u64) -> Vec<Transaction> {
        testing::transactions(0..count)
    }

    #[test]
    fn what_is_sent_is_what_arrives() {
        for count in [1, 2, 64] {
            let transactions = transactions(count);
            let message = Message::Transactions(transactions.clone());
            assert_eq!(decode(&encode(&transactions)), Ok(message));
        }
        let announcement = Announcement::own(Height(7));
        let message = Message::Announcement(announcement.clone());
        assert_eq!(decode(&announce(&announcement)), Ok(message));
    }

    #[test]
    fn everything_else_is_refused() {
        for good in [
            encode(&transactions(2)),
            announce(&Announcement::own(Height(7))),
        ] {
            for end in 0..good.len() {
                assert!(decode(&good[..end]).is_err(), "{end} bytes");
            }
            for kind in (0..=u8::MAX).filter(|kind| *kind != good[0]) {
                let other = [&[kind], &good[1..]].concat();
                assert!(decode(&other).is_err(), "kind {kind}");
            }
            assert!(
                decode(&[&good[..], &[0]].concat()).is_err(),
                "one byte more"
            );
        }
        assert!(decode(&encode(&[])).is_err(), "nothing");
        assert!(decode(&encode(&transactions(65))).is_err(), "too many");
        assert!(decode(&vec![0; MAX_BYTES + 1]).is_err(), "too long");
    }
}
