//! Transactions on their way from node to node: a list of them in one message.
//!
//! Nodes pass on what their own users gave them, and nothing else: the committees are all connected with each other, so every transaction
//! reaches those who make blocks directly. A node without a place in their network gives it to its upstreams, whose own it is from then on. Several
//! go in one message, as a peer may send only so many messages a second.

use etm_types::{
    Transaction,
    codec::{DecodeError, Reader, Writer},
    limits::MAX_TRANSACTION_BYTES,
};

/// The most transactions of a message.
pub const MAX_TRANSACTIONS: usize = 64;

/// The most bytes of a message.
pub const MAX_BYTES: usize = 4 + MAX_TRANSACTIONS * MAX_TRANSACTION_BYTES;

/// The message with these transactions, at most [`MAX_TRANSACTIONS`].
pub fn encode(transactions: &[Transaction]) -> Vec<u8> {
    let mut out = Writer::default();
    out.list(transactions);
    out.into_bytes()
}

/// The transactions of a message: at least one.
///
/// # Errors
/// [`DecodeError`] for anything that [`encode`] does not make.
pub fn decode(bytes: &[u8]) -> Result<Vec<Transaction>, DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLong {
            field: "message of transactions",
            length: bytes.len(),
            max: MAX_BYTES,
        });
    }
    let mut input = Reader::new(bytes);
    let transactions = input.list("transactions", 1, MAX_TRANSACTIONS)?;
    input.finish()?;
    Ok(transactions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing;

    fn transactions(count: u64) -> Vec<Transaction> {
        testing::transactions(0..count)
    }

    #[test]
    fn what_is_sent_is_what_arrives() {
        for count in [1, 2, 64] {
            let transactions = transactions(count);
            assert_eq!(decode(&encode(&transactions)), Ok(transactions));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let good = encode(&transactions(2));
        for end in 0..good.len() {
            assert!(decode(&good[..end]).is_err(), "{end} bytes");
        }
        assert!(
            decode(&[&good[..], &[0]].concat()).is_err(),
            "one byte more"
        );
        assert!(decode(&encode(&[])).is_err(), "nothing");
        assert!(decode(&encode(&transactions(65))).is_err(), "too many");
        assert!(decode(&vec![0; MAX_BYTES + 1]).is_err(), "too long");
    }
}
