//! How figures went while the chain grew, and the bounds they have to stay in.
//!
//! What grows is told from what goes up and down by the highest value of the second half of the run less that of the
//! first: for a straight line that is what it grows in half of the run, and for a file that is filled and then removed,
//! again and again, it is nothing.

use super::parts::Part;

/// Blocks of a mainnet year: one every three seconds.
pub const BLOCKS_A_YEAR: u64 = 365 * 86_400 / 3;

/// Bytes a year may add to the folder of a node that keeps all blocks.
pub const YEAR_OF_ALL: u64 = 25_000_000_000;
/// Bytes a year may add to the folder of a node that keeps the newest blocks.
pub const YEAR_PRUNED: u64 = 10_000_000_000;
/// What memory may grow by in the second half, in KiB.
const MEMORY_KIB: u64 = 16 * 1024;
/// What open files may grow by in the second half. Two come with each 2^18 blocks; connections come and go.
const FILES: u64 = 8;
/// What threads may grow by in the second half.
const THREADS: u64 = 4;
/// What the lines for people may take at any time: the file and the one before it.
const LINES: u64 = 17 << 20;

/// The figures at one height: the highest of all nodes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    pub height: u64,
    /// Memory a node shares with nobody.
    pub memory_kib: u64,
    /// Open files.
    pub files: u64,
    pub threads: u64,
    /// Bytes on disk by part.
    pub disk: [u64; 8],
}

/// How long something took at the beginning and at the end, in ms.
#[derive(Clone, Debug)]
pub struct Times {
    /// What.
    pub name: String,
    /// The median of the first.
    pub first: u64,
    /// The median of the last.
    pub last: u64,
    /// By how much the last may be longer, beyond twice the first.
    pub beyond: u64,
}

/// By how much a figure grew from the first half to the second.
fn grown(samples: &[Sample], figure: impl Fn(&Sample) -> u64) -> u64 {
    let (first, second) = samples.split_at(samples.len() / 2);
    let highest = |samples: &[Sample]| samples.iter().map(&figure).max().unwrap_or_default();
    highest(second).saturating_sub(highest(first))
}

/// Bytes that a part of the folder grows by in a year.
pub fn a_year(samples: &[Sample], part: Part) -> u64 {
    let height = |sample: Option<&Sample>| sample.map_or(0, |sample| sample.height);
    let middle = height(samples.get((samples.len() / 2).saturating_sub(1)));
    let blocks = height(samples.last()).saturating_sub(middle);
    let bytes = grown(samples, |sample| sample.disk[part as usize]);
    let year = u128::from(bytes) * u128::from(BLOCKS_A_YEAR) / u128::from(blocks.max(1));
    u64::try_from(year).unwrap_or(u64::MAX)
}

/// Sentences for what is beyond its bound.
pub fn complaints(samples: &[Sample], pruned: bool, times: &[Times]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut bound = |what: &str, value: u64, most: u64| {
        if value > most {
            complaints.push(format!("{what}: {value}, and the bound is {most}"));
        }
    };
    bound(
        "KiB of memory that a node grew by",
        grown(samples, |sample| sample.memory_kib),
        MEMORY_KIB,
    );
    bound(
        "open files that a node grew by",
        grown(samples, |sample| sample.files),
        FILES,
    );
    bound(
        "threads that a node grew by",
        grown(samples, |sample| sample.threads),
        THREADS,
    );
    let lines = samples
        .iter()
        .map(|sample| sample.disk[Part::Lines as usize]);
    bound("bytes of log", lines.max().unwrap_or_default(), LINES);
    let year: u64 = Part::ALL
        .into_iter()
        .filter(|part| *part != Part::Lines)
        .map(|part| a_year(samples, part))
        .sum();
    let most = if pruned { YEAR_PRUNED } else { YEAR_OF_ALL };
    bound("bytes that a year adds to a folder", year, most);
    for time in times {
        bound(
            &format!("ms for {} at the end", time.name),
            time.last,
            2 * time.first + time.beyond,
        );
    }
    complaints
}

/// The median; 0 of nothing.
pub fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(blocks: u64, change: impl Fn(u64, &mut Sample)) -> Vec<Sample> {
        (1..=blocks / 1_000)
            .map(|step| {
                let mut sample = Sample {
                    height: step * 1_000,
                    memory_kib: 90_000,
                    files: 110,
                    threads: 20,
                    ..Sample::default()
                };
                change(step, &mut sample);
                sample
            })
            .collect()
    }

    #[test]
    fn what_stays_and_what_goes_up_and_down_is_no_growth() {
        let saws = run(20_000, |step, sample| {
            sample.memory_kib += step % 3 * 1_000;
            sample.files += step % 2;
            sample.disk[Part::Log as usize] = step % 5 * 3_000_000;
        });
        assert_eq!(complaints(&saws, true, &[]), Vec::<String>::new());
        assert_eq!(a_year(&saws, Part::Log), 0);
    }

    #[test]
    fn a_straight_line_is_known_for_what_it_is() {
        let line = run(20_000, |step, sample| {
            sample.disk[Part::Blocks as usize] = 1_000_000 * step;
        });
        // A megabyte for 1,000 blocks.
        assert_eq!(a_year(&line, Part::Blocks), BLOCKS_A_YEAR * 1_000);
        assert!(complaints(&line, false, &[]).is_empty());
        let complaint = complaints(&line, true, &[]).remove(0);
        assert!(complaint.contains("a year adds"), "{complaint}");
    }

    #[test]
    fn each_figure_has_its_bound() {
        let grow = |change: fn(u64, &mut Sample)| complaints(&run(10_000, change), false, &[]);
        let memory = grow(|step, sample| sample.memory_kib += 4_096 * step);
        assert!(memory[0].starts_with("KiB of memory"), "{memory:?}");
        let files = grow(|step, sample| sample.files += 2 * step);
        assert!(files[0].starts_with("open files"), "{files:?}");
        let threads = grow(|step, sample| sample.threads += step);
        assert!(threads[0].starts_with("threads"), "{threads:?}");
        let lines = grow(|_, sample| sample.disk[Part::Lines as usize] = LINES + 1);
        assert!(lines[0].starts_with("bytes of log"), "{lines:?}");
        let slower = Times {
            name: "a restart".into(),
            first: 500,
            last: 2_001,
            beyond: 1_000,
        };
        let slower = complaints(&run(10_000, |_, _| {}), false, &[slower]);
        assert_eq!(
            slower,
            ["ms for a restart at the end: 2001, and the bound is 2000"]
        );
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![]), 0);
        assert_eq!(median(vec![9, 1, 5]), 5);
    }
}
