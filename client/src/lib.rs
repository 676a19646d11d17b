//! An async client of a node's HTTP API, typed by the API's own shapes ([`etm_types::api`]).
//!
//! ```no_run
//! # async fn example() -> Result<(), etm_client::Error> {
//! use etm_client::Client;
//!
//! let client = Client::new("http://127.0.0.1:8080")?;
//! let status = client.status().await?;
//! println!("{} is at height {}", status.chain.name, status.tip.height);
//!
//! let account = client.account("AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c").await?;
//! println!("{} units can be spent", account.balance);
//! # Ok(())
//! # }
//! ```
//!
//! * Every request has a timeout ([`Builder::timeout`]); answers are bounded ([`MAX_ANSWER_BYTES`]).
//! * **Reads** are tried again a few times if the node can't be reached or says that it can't answer now; **writes never** are: whether
//!   a transaction arrived is asked with [`Client::transaction`], by its hash.
//! * An **answer to another question** than the one that was asked is refused ([`Error::Stray`]).
//! * No secret ever goes into a request. Transactions are signed elsewhere ([`etm_types::UnsignedTransaction::sign`]); the client takes
//!   bytes.
//! * Errors keep the API's stable codes ([`Error::code`]) apart from a node that can't be reached ([`Error::is_unreachable`]).

mod about;
mod error;
mod events;
mod http;
mod routes;

pub use error::Error;
pub use events::Events;
pub use http::{Builder, Client, MAX_ANSWER_BYTES};
