//! One method a route.

use crate::{error::Error, events::Events, http::Client};
use etm_types::api::{
    Amount, Bytes, Hash,
    account::{Account, BonusPage, Preview, TimelinePage},
    block::{Block, BlockCertificate, BlockPage, BlockReceipts},
    chain::{ChainOffer, Genesis, Mempool, Parameters, Peers, Status, Supply},
    devnet::{FaucetRequest, FaucetResponse, TimeTravelRequest, TimeTravelResponse},
    miner::{MinerDetail, MinerHistoryPage, MinerPage},
    proof::{ProofSubject, StateProof},
    query::{
        BlocksQuery, BonusQuery, BoundariesQuery, CertificatesQuery, EventsQuery, MinerQuery,
        MinersQuery, OffsetQuery, PreviewQuery, RoundsQuery, SubmitQuery, TransactionsQuery,
        VotesQuery, Wait,
    },
    round::{BoundaryCertificate, BoundaryPage, Round, RoundPage, RoundReceipt},
    transaction::{SubmitRequest, SubmitResponse, Transaction, TransactionPage},
};
use etm_types::codec;
use std::time::Duration;

const NO_QUERY: [(&str, &str); 0] = [];

/// How long a node waits at most when it is asked to wait for a transaction.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Makes one segment of a path: everything but letters, digits and `-._~` is escaped.
fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    // A lone dot or two would be taken for "this folder" and "the folder above".
    match out.as_str() {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => out,
    }
}

/// All methods fail with [`Error`].
impl Client {
    /// Where the chain is and how the node does.
    pub async fn status(&self) -> Result<Status, Error> {
        self.get("status", &NO_QUERY, ()).await
    }

    /// The constants of the chain.
    pub async fn parameters(&self) -> Result<Parameters, Error> {
        self.get("parameters", &NO_QUERY, ()).await
    }

    /// The state as an `etm-scenario/1` document. Nothing about it is checked. At most `max` bytes are taken in. Asked once.
    pub async fn scenario(&self, max: usize) -> Result<Vec<u8>, Error> {
        self.bytes_within("scenario/current", max).await
    }

    /// The genesis, from which the chain id follows.
    pub async fn genesis(&self) -> Result<Genesis, Error> {
        self.get("genesis", &NO_QUERY, ()).await
    }

    /// What the node gives to those who follow it.
    pub async fn chain(&self) -> Result<ChainOffer, Error> {
        self.get("chain", &NO_QUERY, ()).await
    }

    /// Final blocks from `first` up to `last` or fewer, as an [`etm_types::range::Range`]. Nothing about them is checked. Asked once.
    pub async fn chain_blocks(&self, first: u64, last: u64) -> Result<Vec<u8>, Error> {
        let path = format!("chain/blocks/{first}-{last}");
        self.bytes_within(&path, etm_types::range::MAX_BYTES).await
    }

    /// The head of a snapshot, as `docs/snapshot.md` describes it. Nothing about it is checked. At most `max` bytes are taken in.
    pub async fn snapshot(&self, max: usize) -> Result<Vec<u8>, Error> {
        self.bytes_within("chain/snapshot", max).await
    }

    /// A piece of a snapshot: of the state after `round`, from `operation` of its log on. Nothing about it is checked.
    pub async fn snapshot_piece(
        &self,
        round: u64,
        operation: u64,
        max: usize,
    ) -> Result<Vec<u8>, Error> {
        let path = format!("chain/snapshot/{round}/{operation}");
        self.bytes_within(&path, max).await
    }

    /// The node's peers, and the nodes it follows.
    pub async fn peers(&self) -> Result<Peers, Error> {
        self.get("peers", &NO_QUERY, ()).await
    }

    /// Where all tokens are.
    pub async fn supply(&self) -> Result<Supply, Error> {
        self.get("supply", &NO_QUERY, ()).await
    }

    /// An account; one that never received anything is answered with zeros.
    pub async fn account(&self, address: &str) -> Result<Account, Error> {
        let path = format!("accounts/{}", segment(address));
        self.get(&path, &NO_QUERY, address).await
    }

    /// What an account's position earned round by round, and why. Newest first.
    pub async fn bonus(&self, address: &str, query: &BonusQuery) -> Result<BonusPage, Error> {
        let path = format!("accounts/{}/bonus", segment(address));
        self.get(&path, query, (address, query)).await
    }

    /// What changed an account's position, newest first.
    pub async fn timeline(
        &self,
        address: &str,
        query: &OffsetQuery,
    ) -> Result<TimelinePage, Error> {
        let path = format!("accounts/{}/timeline", segment(address));
        self.get(&path, query, (address, query)).await
    }

    /// The transactions of an account, newest first.
    pub async fn account_transactions(
        &self,
        address: &str,
        query: &TransactionsQuery,
    ) -> Result<TransactionPage, Error> {
        let path = format!("accounts/{}/transactions", segment(address));
        self.get(&path, query, (address, query)).await
    }

    /// What a request would change. Nothing is sent.
    pub async fn preview(&self, address: &str, query: &PreviewQuery) -> Result<Preview, Error> {
        let path = format!("accounts/{}/preview", segment(address));
        self.get(&path, query, address).await
    }

    /// A page of the voting table.
    pub async fn miners(&self, query: &MinersQuery) -> Result<MinerPage, Error> {
        self.get("miners", query, query).await
    }

    /// A miner by its id, or by a name that is no number.
    pub async fn miner(&self, id_or_name: &str, query: &MinerQuery) -> Result<MinerDetail, Error> {
        let path = format!("miners/{}", segment(id_or_name));
        self.get(&path, query, id_or_name).await
    }

    /// A miner round by round, newest first.
    pub async fn miner_history(
        &self,
        id_or_name: &str,
        query: &RoundsQuery,
    ) -> Result<MinerHistoryPage, Error> {
        let path = format!("miners/{}/history", segment(id_or_name));
        self.get(&path, query, (id_or_name, query)).await
    }

    /// Rounds, newest first.
    pub async fn rounds(&self, query: &RoundsQuery) -> Result<RoundPage, Error> {
        self.get("rounds", query, query).await
    }

    /// One round: a number, `current` or `announced`.
    pub async fn round(&self, round: &str) -> Result<Round, Error> {
        let path = format!("rounds/{}", segment(round));
        match self.get(&path, &NO_QUERY, round).await {
            // It may have ended while the node looked.
            Err(Error::Stray { .. }) if matches!(round, "current" | "announced") => {
                self.get(&path, &NO_QUERY, round).await
            }
            answer => answer,
        }
    }

    /// Everything with which a finished round is checked.
    pub async fn receipt(&self, round: u64) -> Result<RoundReceipt, Error> {
        let path = format!("rounds/{round}/receipt");
        self.get(&path, &NO_QUERY, round).await
    }

    /// The boundary of a round: its last block, what makes it final, and the committee it carries.
    pub async fn boundary(&self, round: u64) -> Result<BoundaryCertificate, Error> {
        let path = format!("rounds/{round}/certificate");
        self.get(&path, &NO_QUERY, round).await
    }

    /// Boundaries of consecutive rounds, oldest first.
    pub async fn certificates(&self, query: &CertificatesQuery) -> Result<BoundaryPage, Error> {
        self.get("certificates", query, query).await
    }

    /// Blocks, newest first.
    pub async fn blocks(&self, query: &BlocksQuery) -> Result<BlockPage, Error> {
        self.get("blocks", query, query).await
    }

    pub async fn block(&self, height_or_hash: &str) -> Result<Block, Error> {
        let path = format!("blocks/{}", segment(height_or_hash));
        self.get(&path, &NO_QUERY, height_or_hash).await
    }

    /// Everything with which a finished round is checked, as `docs/verify.md` describes it.
    pub async fn evidence(&self, round: u64) -> Result<Vec<u8>, Error> {
        self.get_bytes(&format!("rounds/{round}/evidence"), &NO_QUERY)
            .await
    }

    /// The ends of consecutive rounds, as `docs/verify.md` describes them.
    pub async fn boundaries(&self, query: &BoundariesQuery) -> Result<Vec<u8>, Error> {
        self.get_bytes("boundaries", query).await
    }

    /// All that happened in a block.
    pub async fn block_receipts(&self, height_or_hash: &str) -> Result<BlockReceipts, Error> {
        let path = format!("blocks/{}/receipts", segment(height_or_hash));
        self.get(&path, &NO_QUERY, height_or_hash).await
    }

    /// What makes a block final.
    pub async fn block_certificate(&self, height_or_hash: &str) -> Result<BlockCertificate, Error> {
        let path = format!("blocks/{}/certificate", segment(height_or_hash));
        self.get(&path, &NO_QUERY, height_or_hash).await
    }

    /// A transaction, pending or in a block.
    pub async fn transaction(&self, hash: &Hash) -> Result<Transaction, Error> {
        self.get(&format!("transactions/{hash}"), &NO_QUERY, *hash)
            .await
    }

    /// The pool of pending transactions.
    pub async fn mempool(&self) -> Result<Mempool, Error> {
        self.get("mempool", &NO_QUERY, ()).await
    }

    /// An account's record with a proof against the state root of a final block.
    pub async fn account_proof(&self, address: &str) -> Result<StateProof, Error> {
        let path = format!("proofs/account/{}", segment(address));
        let subject = ProofSubject::Account {
            address: address.to_owned(),
        };
        self.get(&path, &NO_QUERY, subject).await
    }

    /// A position with a proof against the state root of a final block.
    pub async fn position_proof(&self, address: &str) -> Result<StateProof, Error> {
        let path = format!("proofs/position/{}", segment(address));
        let subject = ProofSubject::Position {
            address: address.to_owned(),
        };
        self.get(&path, &NO_QUERY, subject).await
    }

    /// The votes of a miner, and the position of an account among them, with their proofs, as `docs/verify.md` describes them.
    pub async fn votes_evidence(
        &self,
        miner: &str,
        address: Option<&str>,
    ) -> Result<Vec<u8>, Error> {
        let query = VotesQuery {
            address: address.map(str::to_owned),
        };
        self.get_bytes(&format!("proofs/votes/{}", segment(miner)), &query)
            .await
    }

    /// Submits the canonical encoding of a signed transaction. Sent once: if the answer gets lost, ask for it by its hash.
    pub async fn submit(&self, transaction: Vec<u8>) -> Result<SubmitResponse, Error> {
        self.send(transaction, &SubmitQuery::default(), Duration::ZERO)
            .await
    }

    /// Submits, and lets the node answer only once the transaction is final, or `patience` (at most a minute) is over.
    pub async fn submit_and_wait(
        &self,
        transaction: Vec<u8>,
        patience: Duration,
    ) -> Result<SubmitResponse, Error> {
        let patience = patience.min(MAX_WAIT);
        let query = SubmitQuery {
            wait: Some(Wait::Finalized),
            timeout_ms: u64::try_from(patience.as_millis()).ok(),
        };
        self.send(transaction, &query, patience).await
    }

    async fn send(
        &self,
        transaction: Vec<u8>,
        query: &SubmitQuery,
        extra: Duration,
    ) -> Result<SubmitResponse, Error> {
        let signed = codec::from_bytes::<etm_types::Transaction>(&transaction);
        let hash = signed.ok().map(|signed| Hash(signed.hash().0));
        let body = SubmitRequest {
            transaction: Bytes(transaction),
        };
        self.post("transactions", query, &body, extra, hash).await
    }

    /// Events as they happen.
    pub async fn events(&self, query: &EventsQuery) -> Result<Events, Error> {
        let response = self.stream("events", query).await?;
        Ok(Events::new(self.clone(), response))
    }

    /// Devnets: asks the faucet for tokens.
    pub async fn faucet(
        &self,
        address: &str,
        amount: Option<u64>,
    ) -> Result<FaucetResponse, Error> {
        let body = FaucetRequest {
            address: address.to_owned(),
            amount: amount.map(Amount),
        };
        self.post(
            "devnet/faucet",
            &NO_QUERY,
            &body,
            Duration::ZERO,
            body.amount,
        )
        .await
    }

    /// Devnets: moves the chain's clock ahead.
    pub async fn time_travel(
        &self,
        request: &TimeTravelRequest,
    ) -> Result<TimeTravelResponse, Error> {
        self.post("devnet/time-travel", &NO_QUERY, request, MAX_WAIT, ())
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn what_people_type_stays_one_segment() {
        assert_eq!(segment("alpha.1_x"), "alpha.1_x");
        assert_eq!(segment("a/b?c#d e"), "a%2Fb%3Fc%23d%20e");
        assert_eq!(segment(".."), "%2E%2E");
        assert_eq!(segment("$&!@"), "%24%26%21%40");
        assert_eq!(segment("é"), "%C3%A9");
    }
}
