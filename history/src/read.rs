//! Reading: rows become the API's shapes.

mod blocks;
mod miners;
mod rounds;
mod transactions;

pub use blocks::{BlockTime, RecordedBlock};
pub use miners::{MinerFacts, MinerFigures, RecentSeats, SeatsExpected};
pub use transactions::TransactionPlace;

use etm_mechanism::Action;
use etm_types::api::receipt::{Effect, ReceiptInfo};
use etm_types::api::{self, request::Request};
use etm_types::{Hash, Receipt};

use crate::store::History;

/// A hash as the API shows it.
pub(crate) fn shown(hash: Hash) -> api::Hash {
    api::Hash::from(hash)
}

impl History {
    /// A request as the API shows it.
    pub fn show_request<R>(&self, request: &Action<R>) -> Request {
        Request::of(request, |miner| self.miner_ref(miner))
    }

    /// A receipt as the API shows it; `effect` is what is known of an accepted transaction's effect.
    pub(crate) fn show_receipt(&self, receipt: &Receipt, effect: Effect) -> ReceiptInfo {
        ReceiptInfo::of(receipt, effect, |miner| self.miner_ref(miner))
    }
}
