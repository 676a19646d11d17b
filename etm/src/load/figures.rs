//! What `etm load` tells.

use serde::Serialize;
use std::{collections::BTreeMap, fs, time::Duration};

/// What was seen of the blocks.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    /// Blocks that became final meanwhile.
    pub count: u64,
    /// Slots that passed without one.
    pub missed: u64,
    /// The most transactions of a block.
    pub fullest: usize,
    /// Our transactions in them.
    pub ours: usize,
}

/// How times spread, in ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half took no longer.
    pub p50: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
}

impl Spread {
    /// Of times in microseconds.
    pub fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        let at = |percent: usize| {
            let place = (micros.len() * percent).div_ceil(100).saturating_sub(1);
            micros.get(place).map_or(0.0, |time| *time as f64 / 1_000.0)
        };
        Self {
            p50: at(50),
            p99: at(99),
        }
    }
}

/// Processor time of one process.
#[derive(Clone, Debug, Serialize)]
pub struct Processor {
    process: u32,
    ms: u64,
    /// For each final transaction, the blocks themselves included.
    us_per_transaction: f64,
}

impl Processor {
    pub fn new(process: u32, worked: Duration, transactions: usize) -> Self {
        Self {
            process,
            ms: u64::try_from(worked.as_millis()).unwrap_or(u64::MAX),
            us_per_transaction: worked.as_secs_f64() * 1e6 / transactions.max(1) as f64,
        }
    }

    /// The mean of what they took for a transaction; none if there is none, or they took nothing.
    pub fn mean(of: &[Self]) -> Option<f64> {
        let sum: f64 = of.iter().map(|one| one.us_per_transaction).sum();
        (sum > 0.0).then(|| sum / of.len() as f64)
    }
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    pub count: u32,
    /// Asked for, in a second.
    pub rate: u32,
    pub accepted: usize,
    /// Answers that refused, by their codes; most were sent again.
    pub refused: BTreeMap<&'static str, u64>,
    /// Final transactions.
    #[serde(rename = "final")]
    pub is_final: usize,
    pub seconds_to_send: f64,
    pub seconds_to_final: f64,
    pub final_per_second: f64,
    /// From the first try to the answer that took it.
    pub submission_ms: Spread,
    /// From the first try to the final block, as seen at the first node.
    pub latency_ms: Spread,
    pub blocks: u64,
    pub missed_slots: u64,
    pub fullest_block: usize,
    pub processor: Vec<Processor>,
    /// Processor time of one signature, in batches, and nothing else.
    pub bare_us: f64,
    /// The bare time over that of a node, in the mean: how much of a node's time the signatures alone would take.
    pub ratio: Option<f64>,
}

/// Processor time that a process took so far.
///
/// # Errors
/// There is none.
pub fn worked(process: u32) -> Result<Duration, String> {
    let file = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    // User and system time, in hundredths of a second: fields 14 and 15, counted behind the name, which may hold anything.
    let ticks = stat.rsplit_once(')').and_then(|(_, fields)| {
        let mut fields = fields.split_whitespace().skip(11);
        let user: u64 = fields.next()?.parse().ok()?;
        let system: u64 = fields.next()?.parse().ok()?;
        user.checked_add(system)
    });
    let ticks = ticks.ok_or_else(|| format!("{file}: not as it should be"))?;
    Ok(Duration::from_millis(ticks.saturating_mul(10)))
}

/// Processor time that this thread took so far.
///
/// # Errors
/// The system does not tell it.
pub fn thread_worked() -> Result<Duration, String> {
    let file = "/proc/thread-self/schedstat";
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let nanos = text
        .split_whitespace()
        .next()
        .and_then(|text| text.parse().ok());
    nanos
        .map(Duration::from_nanos)
        .ok_or_else(|| format!("{file}: not as it should be"))
}
