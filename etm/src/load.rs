//! `etm load`: how many transactions a devnet takes, beside how many of their signatures one core checks.
//!
//! The holders of a devnet send to each other, each to a node of its own, so that no nonce is used twice. What is final is read from
//! the blocks themselves.

mod figures;

use crate::{devnet::people, failure::Failure, process::runtime};
use clap::Args;
use etm_client::{Client, Error};
use etm_types::{
    Address, Block, ChainId, Height, Memo, Payload, SecretKey, Transaction, Units,
    UnsignedTransaction, api::error::ErrorCode, codec, keys::verify_batch, range::Range,
};
use figures::{Blocks, Figures, Processor, Spread, worked};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Blocks after the tip until which a transaction may be included.
const LIFETIME: u64 = 1_000;
/// How often the tip is looked at.
const LOOK: Duration = Duration::from_millis(25);
/// How long a transaction that a node refused for now waits.
const PAUSE: Duration = Duration::from_millis(100);
/// Signatures checked together, as blocks are.
const BATCH: usize = 256;
/// What a holder has who sends.
const RICH: u64 = 1_000 * Units::ETM.0;

/// Options of `etm load`.
#[derive(Args, Clone, Debug)]
pub struct Load {
    /// API of a node of a devnet; can be repeated
    #[arg(
        long = "api",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080"
    )]
    nodes: Vec<String>,
    /// Process of a node whose processor time is told; can be repeated
    #[arg(long = "process", value_name = "PID")]
    processes: Vec<u32>,
    /// Transactions to send
    #[arg(long, default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Transactions to send in a second
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// Of a hundred, how many lock tokens instead of sending them
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=100))]
    requests: u8,
    /// Submissions to each node at once
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=512))]
    connections: u16,
    /// Seconds after the last submission until which all have to be final
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

/// Sends the transactions and prints what became of them, as JSON.
///
/// # Errors
/// [`Failure`] if a node can't be asked, or not all became final.
pub fn run(options: &Load) -> Result<(), Failure> {
    let runtime = runtime()?;
    let figures = runtime.block_on(load(options)).map_err(Failure::Failed)?;
    let text = serde_json::to_string_pretty(&figures)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    crate::screen::print(text)?;
    if figures.is_final == options.count as usize {
        Ok(())
    } else {
        Err(Failure::Failed(format!(
            "{} of {} transactions became final",
            figures.is_final, options.count
        )))
    }
}

async fn load(options: &Load) -> Result<Figures, String> {
    let clients: Vec<Client> = options
        .nodes
        .iter()
        .map(|url| Client::new(url))
        .collect::<Result<_, _>>()
        .map_err(text)?;
    let first = clients.first().ok_or("no node is named")?.clone();
    let begun = first.status().await.map_err(text)?.tip.height;
    let transactions = prepare(options, &first, begun).await?;
    let before = processor_time(&options.processes)?;
    let course = Arc::new(Course::new(transactions, clients.len(), options.rate));
    let watcher = tokio::spawn(watch(Arc::clone(&course), first, begun));
    let mut senders = Vec::new();
    for (node, client) in clients.iter().enumerate() {
        for _ in 0..options.connections {
            senders.push(tokio::spawn(send(
                Arc::clone(&course),
                node,
                client.clone(),
            )));
        }
    }
    for sender in senders {
        sender.await.map_err(|error| error.to_string())?;
    }
    course.all_sent();
    let patience = Duration::from_secs(options.patience);
    let blocks = match tokio::time::timeout(patience, watcher).await {
        Ok(blocks) => blocks.map_err(|error| error.to_string())??,
        Err(_) => course.blocks(),
    };
    let after = processor_time(&options.processes)?;
    let worked: Vec<Duration> = before
        .iter()
        .zip(&after)
        .map(|(before, after)| after.saturating_sub(*before))
        .collect();
    let bare_us = bare(&course.transactions)?;
    Ok(course.figures(options, &blocks, &worked, bare_us))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn processor_time(processes: &[u32]) -> Result<Vec<Duration>, String> {
    processes.iter().map(|process| worked(*process)).collect()
}

/// Signs everything before the first is sent.
async fn prepare(options: &Load, client: &Client, height: u64) -> Result<Vec<Transaction>, String> {
    let parameters = client.parameters().await.map_err(text)?;
    let mut senders: Vec<(SecretKey, u64)> = Vec::new();
    for (person, _) in people::holders() {
        let account = client.account(&person.address().to_string()).await;
        // Holders whom the genesis does not know.
        let Ok(account) = account else { continue };
        if account.balance.0 > RICH {
            senders.push((person.key(), account.next_nonce));
        }
    }
    // As many to each node.
    senders.truncate(senders.len() / options.nodes.len() * options.nodes.len());
    if senders.is_empty() {
        return Err("no holder of a devnet has tokens on this chain".into());
    }
    let addresses: Vec<Address> = senders
        .iter()
        .map(|(key, _)| Address::of(&key.public_key()))
        .collect();
    let people = senders.len();
    let memo = Memo::new("load").map_err(text)?;
    Ok((0..options.count)
        .zip((0..people).cycle())
        .map(|(number, person)| {
            let (key, nonce) = &mut senders[person];
            let payload = if number % 100 < u32::from(options.requests) {
                Payload::Lock {
                    amount: Units::from(parameters.min_lock),
                }
            } else {
                Payload::Transfer {
                    recipient: addresses[(person + 1) % people],
                    amount: Units(1),
                    memo: memo.clone(),
                }
            };
            let transaction = UnsignedTransaction {
                chain: ChainId::from(parameters.chain.id),
                sender: key.public_key(),
                nonce: *nonce,
                fee: Units::from(parameters.min_fee),
                expires_at: Height(height.saturating_add(LIFETIME)),
                payload,
            };
            *nonce += 1;
            transaction.sign(key)
        })
        .collect())
}

/// What is on its way, and what became of it.
struct Course {
    transactions: Vec<Transaction>,
    indices: HashMap<[u8; 32], usize>,
    begun: Instant,
    rate: u32,
    /// For each node, how many of its transactions were taken up by a sender.
    taken: Vec<AtomicUsize>,
    /// Microseconds from the beginning, 0 for not yet.
    sent: Vec<AtomicU64>,
    answered: Vec<AtomicU64>,
    is_final: Vec<AtomicU64>,
    /// Microseconds until all were sent.
    sent_all: AtomicU64,
    refused: Mutex<BTreeMap<&'static str, u64>>,
    blocks: Mutex<Blocks>,
}

impl Course {
    fn new(transactions: Vec<Transaction>, nodes: usize, rate: u32) -> Self {
        let indices = transactions
            .iter()
            .enumerate()
            .map(|(index, transaction)| (transaction.hash().0, index))
            .collect();
        let zeros = || transactions.iter().map(|_| AtomicU64::new(0)).collect();
        Self {
            indices,
            begun: Instant::now(),
            rate,
            taken: (0..nodes).map(|_| AtomicUsize::new(0)).collect(),
            sent: zeros(),
            answered: zeros(),
            is_final: zeros(),
            sent_all: AtomicU64::new(0),
            refused: Mutex::default(),
            blocks: Mutex::default(),
            transactions,
        }
    }

    fn now(&self) -> u64 {
        let micros = self.begun.elapsed().as_micros();
        u64::try_from(micros).unwrap_or(u64::MAX).max(1)
    }

    /// The next transaction for a node; none if all are taken.
    fn next(&self, node: usize) -> Option<usize> {
        let nodes = self.taken.len();
        let turn = self.taken.get(node)?.fetch_add(1, Ordering::Relaxed);
        let index = turn.checked_mul(nodes)?.checked_add(node)?;
        (index < self.transactions.len()).then_some(index)
    }

    /// When a transaction is to be sent.
    fn due(&self, index: usize) -> Instant {
        let after = index as f64 / f64::from(self.rate);
        self.begun + Duration::from_secs_f64(after)
    }

    fn refuse(&self, code: &'static str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused.entry(code).or_default() += 1;
    }

    fn all_sent(&self) {
        self.sent_all.store(self.now(), Ordering::Relaxed);
    }

    fn blocks(&self) -> Blocks {
        self.blocks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes down a final block; true once nothing is missing any more.
    fn take(&self, slots_since_parent: u64, transactions: &[Transaction]) -> bool {
        let now = self.now();
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        for transaction in transactions {
            if let Some(index) = self.indices.get(&transaction.hash().0) {
                self.is_final[*index].store(now, Ordering::Relaxed);
                blocks.ours += 1;
            }
        }
        blocks.count += 1;
        blocks.missed += slots_since_parent.saturating_sub(1);
        blocks.fullest = blocks.fullest.max(transactions.len());
        blocks.ours == self.transactions.len()
    }

    fn figures(
        &self,
        options: &Load,
        blocks: &Blocks,
        worked: &[Duration],
        bare_us: f64,
    ) -> Figures {
        let lasted = |ends: &[AtomicU64]| -> Vec<u64> {
            let read = |time: &AtomicU64| time.load(Ordering::Relaxed);
            let both = self.sent.iter().map(read).zip(ends.iter().map(read));
            both.filter(|(sent, end)| *sent > 0 && *end > 0)
                .map(|(sent, end)| end.saturating_sub(sent))
                .collect()
        };
        let (submissions, latencies) = (lasted(&self.answered), lasted(&self.is_final));
        let last = self
            .is_final
            .iter()
            .map(|time| time.load(Ordering::Relaxed));
        let seconds_to_final = last.max().unwrap_or_default() as f64 / 1e6;
        let processor: Vec<Processor> = options
            .processes
            .iter()
            .zip(worked)
            .map(|(process, worked)| Processor::new(*process, *worked, blocks.ours))
            .collect();
        Figures {
            count: options.count,
            rate: options.rate,
            accepted: submissions.len(),
            refused: self
                .refused
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            is_final: blocks.ours,
            seconds_to_send: self.sent_all.load(Ordering::Relaxed) as f64 / 1e6,
            seconds_to_final,
            final_per_second: blocks.ours as f64 / seconds_to_final.max(1e-6),
            submission_ms: Spread::of(submissions),
            latency_ms: Spread::of(latencies),
            blocks: blocks.count,
            missed_slots: blocks.missed,
            fullest_block: blocks.fullest,
            bare_us,
            ratio: Processor::mean(&processor).map(|mean| bare_us / mean),
            processor,
        }
    }
}

/// Sends transactions to a node, each at its time, until none is left.
async fn send(course: Arc<Course>, node: usize, client: Client) {
    while let Some(index) = course.next(node) {
        tokio::time::sleep_until(course.due(index).into()).await;
        let bytes = codec::to_bytes(&course.transactions[index]);
        course.sent[index].store(course.now(), Ordering::Relaxed);
        loop {
            match client.submit(bytes.clone()).await {
                Ok(_) => {
                    course.answered[index].store(course.now(), Ordering::Relaxed);
                    break;
                }
                Err(error) => {
                    course.refuse(error.code().map_or("no_answer", ErrorCode::as_str));
                    if !may_pass(&error) {
                        break;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Whether the same transaction may be taken later: where the pool is full, or the account has as many in it as it may.
fn may_pass(error: &Error) -> bool {
    matches!(
        error.code(),
        None | Some(
            ErrorCode::PoolFull
                | ErrorCode::AccountLimit
                | ErrorCode::NonceTooHigh
                | ErrorCode::TooManyRequests
                | ErrorCode::Unavailable
        )
    )
}

/// Reads blocks as they become final, until all transactions are.
async fn watch(course: Arc<Course>, client: Client, mut height: u64) -> Result<Blocks, String> {
    loop {
        let tip = client.status().await.map_err(text)?.tip.height;
        while height < tip {
            let bytes = client.chain_blocks(height + 1, tip).await.map_err(text)?;
            let range = Range::from_bytes(&bytes).map_err(text)?;
            for block in &range.blocks {
                let block: Block = codec::from_bytes(&block.block).map_err(text)?;
                let header = &block.header;
                height = header.height.0;
                let slots = header.slot.0.saturating_sub(header.parent_slot.0);
                if course.take(slots, &block.body.transactions) {
                    return Ok(course.blocks());
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Microseconds of processor time that one signature takes where nothing is done but to check them, in batches.
fn bare(transactions: &[Transaction]) -> Result<f64, String> {
    let messages: Vec<Vec<u8>> = transactions
        .iter()
        .map(|transaction| transaction.unsigned.signing_bytes())
        .collect();
    let before = figures::thread_worked()?;
    for (transactions, messages) in transactions.chunks(BATCH).zip(messages.chunks(BATCH)) {
        let items = transactions
            .iter()
            .zip(messages)
            .map(|(transaction, message)| transaction.signed_message(message));
        verify_batch(items).map_err(text)?;
    }
    let worked = figures::thread_worked()?.saturating_sub(before);
    Ok(worked.as_secs_f64() * 1e6 / transactions.len().max(1) as f64)
}

#[cfg(test)]
mod tests;
