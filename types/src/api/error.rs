//! Errors: one shape for all, with codes that stay.

use core::fmt;

use serde::{Deserialize, Serialize};

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong, for programs and for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorDetail {
    /// For programs: stable, see [`ErrorCode`]. A newer node may send one that this version doesn't know.
    #[cfg_attr(feature = "openapi", schema(example = "nonce_too_low"))]
    pub code: String,
    /// For people: what was wrong and what would be right, in English.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "the account's next nonce is 7, the transaction has 3")
    )]
    pub message: String,
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal;)*) => {
        /// Every code an answer of this version can carry, with its HTTP status. Codes are never renamed and never change meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as it is sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The code with this name, if this version knows it.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

error_codes! {
    /// The body is not JSON, or not of the shape the route takes (unknown, missing or mistyped field).
    InvalidBody = "invalid_body", 400;
    /// A query parameter is unknown, mistyped or out of range.
    InvalidQuery = "invalid_query", 400;
    /// A part of the path is not what the route takes (an address, a hash, a number).
    InvalidPath = "invalid_path", 400;
    /// An address is mistyped: wrong letter, length or checksum.
    InvalidAddress = "invalid_address", 400;
    /// Something named in the path doesn't exist: block, transaction, miner, round.
    NotFound = "not_found", 404;
    /// There is no such route.
    RouteNotFound = "route_not_found", 404;
    /// The route exists, but not for this method.
    MethodNotAllowed = "method_not_allowed", 405;
    /// The request took longer than the node allows.
    Timeout = "timeout", 408;
    /// What is asked for was true once, but this node no longer keeps it.
    Pruned = "pruned", 410;
    /// The body is larger than the node accepts.
    BodyTooLarge = "body_too_large", 413;
    /// The body's content type is not `application/json`.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// Too many requests or connections at once.
    TooManyRequests = "too_many_requests", 429;
    /// The answer would be larger than the node gives out at once.
    TooLarge = "too_large", 422;
    /// A failure inside the node; its log says more.
    Internal = "internal", 500;
    /// The node is starting, stopping or behind, and can't answer this now. Try again.
    Unavailable = "unavailable", 503;
    /// The route is for devnets, this chain isn't one.
    NotADevnet = "not_a_devnet", 403;

    /// The bytes are not a transaction (the message says where decoding stopped).
    MalformedTransaction = "malformed_transaction", 400;
    /// The transaction is larger than the chain allows.
    TransactionTooLarge = "transaction_too_large", 400;
    /// The transaction is for another chain.
    WrongChain = "wrong_chain", 400;
    /// The signature doesn't verify.
    WrongSignature = "wrong_signature", 400;
    /// The fee is under the chain's minimum (or not 0 in a heartbeat).
    FeeTooLow = "fee_too_low", 400;
    /// The expiry height has passed.
    Expired = "expired", 400;
    /// The nonce was used already: a replay, or the transaction was superseded.
    NonceTooLow = "nonce_too_low", 409;
    /// The nonce is too far ahead of the account's next one.
    NonceTooHigh = "nonce_too_high", 409;
    /// The very same transaction is pending already.
    AlreadyPending = "already_pending", 409;
    /// Another transaction with this nonce is pending, and the fee is not at least a tenth higher.
    ReplacementFeeTooLow = "replacement_fee_too_low", 409;
    /// The account has as many pending transactions as are allowed at once.
    AccountLimit = "account_limit", 429;
    /// The pool is full of transactions that pay more.
    PoolFull = "pool_full", 503;
    /// The balance doesn't cover the fee.
    CannotPayFee = "cannot_pay_fee", 422;
    /// The proof of possession of a BLS key doesn't verify.
    WrongProofOfPossession = "wrong_proof_of_possession", 400;
    /// A field of the transaction's payload is not allowed (a name, an address to dial, a memo, an amount of 0).
    InvalidPayload = "invalid_payload", 400;

    /// The balance doesn't cover the amount.
    InsufficientBalance = "insufficient_balance", 422;
    /// The position would hold less than the minimum lock, but not nothing.
    BelowMinimumLock = "below_minimum_lock", 422;
    /// More is to be unlocked than the position holds.
    UnlockExceedsPosition = "unlock_exceeds_position", 422;
    /// There is no position (nothing is locked).
    NoPosition = "no_position", 422;
    /// The position doesn't vote.
    NoVote = "no_vote", 422;
    /// The miner is not registered (any more, or not before the next round).
    MinerNotRegistered = "miner_not_registered", 422;
    /// A miner's name has a letter that isn't allowed, or is empty or too long.
    InvalidName = "invalid_name", 422;
    NameTaken = "name_taken", 422;
    /// The account owns a miner already.
    AlreadyRegistered = "already_registered", 422;
    /// The account owns no registered miner.
    NotAMiner = "not_a_miner", 422;
    /// The miner's resignation was accepted already.
    AlreadyResigned = "already_resigned", 422;
    /// The node key or BLS key belongs to another miner.
    KeyTaken = "key_taken", 422;
    /// A heartbeat came sooner than the chain allows.
    HeartbeatTooEarly = "heartbeat_too_early", 422;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl ErrorCode {
    /// The body that carries this code.
    pub fn body(self, message: impl Into<String>) -> ErrorBody {
        ErrorBody {
            error: ErrorDetail {
                code: self.as_str().to_owned(),
                message: message.into(),
            },
        }
    }
}
