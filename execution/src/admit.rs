//! Which transactions a block lets in, as far as that depends on where their accounts stand. Blocks ask here (`apply.rs`), and the pool, for what
//! it keeps and for what it offers to a block (`etm-mempool`).

use crate::error::Invalid;
use etm_types::{Height, Units, UnsignedTransaction};

/// What a transaction brings to be let in, beside its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub nonce: u64,
    pub fee: Units,
    /// The last height at which it may be included.
    pub expires_at: Height,
}

impl From<&UnsignedTransaction> for Terms {
    fn from(unsigned: &UnsignedTransaction) -> Self {
        Self {
            nonce: unsigned.nonce,
            fee: unsigned.fee,
            expires_at: unsigned.expires_at,
        }
    }
}

/// Whether the block at `height` comes too late for what expires at `expires_at`.
pub const fn is_late(expires_at: Height, height: Height) -> bool {
    expires_at.0 < height.0
}

/// Whether it is in time for the block at `height`: all that is asked of a sign of life here.
///
/// # Errors
/// [`Invalid::Expired`]
pub const fn in_time(terms: &Terms, height: Height) -> Result<(), Invalid> {
    if is_late(terms.expires_at, height) {
        return Err(Invalid::Expired {
            expires_at: terms.expires_at,
            height,
        });
    }
    Ok(())
}

/// Lets a transaction into the block at `height`. `next` is the next nonce of its account, none if there is no such account, which
/// can pay nothing. `pay` takes the fee and says so, or takes nothing.
///
/// # Errors
/// What is wrong first: the expiry, the nonce, the balance. Then nothing is paid. And what `pay` fails of.
pub fn admit<E: From<Invalid>>(
    height: Height,
    next: Option<u64>,
    terms: &Terms,
    pay: impl FnOnce(Units) -> Result<bool, E>,
) -> Result<(), E> {
    in_time(terms, height)?;
    let Terms { nonce, fee, .. } = *terms;
    let Some(expected) = next else {
        return Err(Invalid::CannotPayFee { fee }.into());
    };
    if nonce < expected {
        let found = nonce;
        return Err(Invalid::NonceTooLow { expected, found }.into());
    }
    if nonce > expected {
        let found = nonce;
        return Err(Invalid::NonceTooHigh { expected, found }.into());
    }
    if !pay(fee)? {
        return Err(Invalid::CannotPayFee { fee }.into());
    }
    Ok(())
}
