use commonware_runtime::{
    Blob as _, Metrics as _, ReadOptions, Runner as _, Storage as _, Supervisor as _, WriteOptions,
    deterministic::{Context, Runner},
};
use etm_types::{BlockOutcome, Hash, Height, MinerId, Receipt, Slot};

use super::{OutcomeError, Outcomes, SEGMENT};

const PARTITION: &str = "outcomes";

fn hash(height: Height) -> Hash {
    Hash::of(&[&height.0.to_be_bytes()])
}

/// As many receipts as the height is above a multiple of seven.
fn outcome(height: Height) -> BlockOutcome {
    BlockOutcome {
        receipts: (0..height.0 % 7)
            .map(|slot| Receipt::Missed {
                slot: Slot(slot),
                miner: MinerId(3),
            })
            .collect(),
        report: None,
        executed_ms: height.0 * 1_000,
    }
}

async fn open(context: &Context, keep: Option<u64>) -> Outcomes<Context> {
    Outcomes::open(context.child("outcomes"), PARTITION.into(), keep)
        .await
        .unwrap()
}

async fn append(outcomes: &Outcomes<Context>, heights: std::ops::RangeInclusive<u64>) {
    for height in heights {
        outcomes
            .append(
                Height(height),
                hash(Height(height)),
                &outcome(Height(height)),
            )
            .await
            .unwrap();
    }
}

async fn check(outcomes: &Outcomes<Context>, height: Height) {
    let found = outcomes.get(height).await.unwrap();
    assert_eq!(found, Some((hash(height), outcome(height))), "{height}");
}

/// Damages the segment that begins with `first`: `damage` is given its blob and its length.
async fn damage<F: Future<Output = ()>>(
    context: &Context,
    first: u64,
    damage: impl FnOnce(<Context as commonware_runtime::Storage>::Blob, u64) -> F,
) {
    let (blob, length) = context.open(PARTITION, &first.to_be_bytes()).await.unwrap();
    damage(blob, length).await;
}

#[test]
fn what_was_appended_is_there_after_every_restart() {
    Runner::default().start(|context| async move {
        for start in 0..5 {
            let outcomes = open(&context, None).await;
            assert_eq!(outcomes.last(), Height(start * 40));
            // The last of the run before come again.
            let from = (start * 40).saturating_sub(3).max(1);
            append(&outcomes, from..=start * 40 + 40).await;
            for height in (1..=start * 40 + 40).chain([7, 3, 150.min(start * 40 + 40)]) {
                check(&outcomes, Height(height)).await;
            }
            assert!(
                outcomes
                    .get(Height(start * 40 + 41))
                    .await
                    .unwrap()
                    .is_none()
            );
        }
    });
}

#[test]
fn a_torn_end_is_passed_over() {
    Runner::default().start(|context| async move {
        let outcomes = open(&context, None).await;
        append(&outcomes, 1..=20).await;
        drop(outcomes);
        // Every length the last entry may be cut to, and one whose bytes are not all there.
        for cut in 1..=60 {
            damage(&context, 1, |blob, length| async move {
                blob.resize(length - 1).await.unwrap();
                blob.sync().await.unwrap();
            })
            .await;
            let outcomes = open(&context, None).await;
            assert!(matches!(outcomes.last(), Height(18) | Height(19)), "{cut}");
            check(&outcomes, Height(18)).await;
            drop(outcomes);
        }
        let outcomes = open(&context, None).await;
        let last = outcomes.last();
        append(&outcomes, last.next().0..=30).await;
        for height in 1..=30 {
            check(&outcomes, Height(height)).await;
        }
        drop(outcomes);
        damage(&context, last.next().0, |blob, length| async move {
            blob.write_at(length - 1, vec![0xff], WriteOptions::SYNC)
                .await
                .unwrap();
        })
        .await;
        let outcomes = open(&context, None).await;
        assert_eq!(
            outcomes.last(),
            Height(29),
            "the last entry fails its check"
        );
        append(&outcomes, 30..=31).await;
        for height in 1..=31 {
            check(&outcomes, Height(height)).await;
        }
    });
}

#[test]
fn a_segment_that_had_just_begun_is_passed_over() {
    Runner::default().start(|context| async move {
        let outcomes = open(&context, None).await;
        append(&outcomes, 1..=4).await;
        drop(outcomes);
        let outcomes = open(&context, None).await;
        append(&outcomes, 5..=5).await;
        drop(outcomes);
        damage(&context, 5, |blob, length| async move {
            blob.resize(length / 2).await.unwrap();
            blob.sync().await.unwrap();
        })
        .await;
        let outcomes = open(&context, None).await;
        assert_eq!(outcomes.last(), Height(4));
        append(&outcomes, 5..=9).await;
        for height in 1..=9 {
            check(&outcomes, Height(height)).await;
        }
    });
}

#[test]
fn damage_is_told_and_hurts_nothing_else() {
    Runner::default().start(|context| async move {
        let outcomes = open(&context, None).await;
        append(&outcomes, 1..=10).await;
        drop(outcomes);
        // A byte of the second outcome's time; entries of the first two have 52 bytes of head, 8 of time, 4 of count, 1 flag and receipts.
        let receipt = 13;
        let second = 52 + 13 + receipt + 52;
        damage(&context, 1, |blob, _| async move {
            blob.write_at(second, vec![0xaa], WriteOptions::SYNC)
                .await
                .unwrap();
        })
        .await;
        let outcomes = open(&context, None).await;
        check(&outcomes, Height(1)).await;
        let damaged = outcomes.get(Height(2)).await;
        assert!(
            matches!(damaged, Err(OutcomeError::Damaged(Height(2)))),
            "{damaged:?}"
        );
        check(&outcomes, Height(3)).await;
        append(&outcomes, 11..=12).await;
        check(&outcomes, Height(12)).await;
    });
}

#[test]
fn a_hole_is_no_end() {
    Runner::default().start(|context| async move {
        let outcomes = open(&context, None).await;
        append(&outcomes, 1..=3).await;
        append(&outcomes, 9..=11).await;
        check(&outcomes, Height(3)).await;
        for missing in 4..=8 {
            assert!(outcomes.get(Height(missing)).await.unwrap().is_none());
        }
        check(&outcomes, Height(9)).await;
        check(&outcomes, Height(11)).await;
    });
}

#[test]
fn old_segments_go_and_few_files_are_open() {
    Runner::default().start(|context| async move {
        let outcomes = open(&context, Some(SEGMENT)).await;
        let mut open_files = 0;
        for round in 0..4 {
            append(&outcomes, round * SEGMENT + 1..=(round + 1) * SEGMENT).await;
            let oldest = outcomes.first().unwrap();
            check(&outcomes, oldest).await;
            check(&outcomes, outcomes.last()).await;
            check(&outcomes, oldest.next()).await;
            let metrics = context.encode();
            let line = metrics
                .lines()
                .find(|line| line.contains("open_blobs") && !line.starts_with('#'))
                .unwrap();
            let count: usize = line.rsplit(' ').next().unwrap().parse().unwrap();
            open_files = open_files.max(count);
            let segments = context.scan(PARTITION).await.unwrap().len();
            assert!(segments <= 3, "{segments} segments are left");
            // At least what was asked for is there.
            let kept = outcomes.last().saturating_sub(SEGMENT).max(Height(1));
            check(&outcomes, kept).await;
        }
        assert!(outcomes.get(Height(1)).await.unwrap().is_none());
        assert!((1..=2).contains(&open_files), "{open_files} files are open");
    });
}

/// What is missing is noticed when the archive is opened, wherever it is between segments.
#[test]
fn lost_segments_are_noticed() {
    Runner::default().start(|context| async move {
        let (begin, done) = (Height(1), Height(3 * SEGMENT));
        let outcomes = open(&context, None).await;
        assert_eq!(outcomes.gap(begin, Height(0)), None, "nothing was done");
        assert_eq!(outcomes.gap(begin, done), Some((begin, done)));
        append(&outcomes, 1..=3 * SEGMENT).await;
        assert_eq!(outcomes.gap(begin, done), None);
        let beyond = Height(done.0 + 1);
        assert_eq!(outcomes.gap(begin, beyond), Some((beyond, beyond)));
        drop(outcomes);
        for lost in [1, SEGMENT + 1, 2 * SEGMENT + 1] {
            let name = lost.to_be_bytes();
            let (blob, size) = context.open(PARTITION, &name).await.unwrap();
            let size = usize::try_from(size).unwrap();
            let bytes = blob.read_at(0, size, ReadOptions::default()).await.unwrap();
            let bytes = bytes.coalesce();
            drop(blob);
            context.remove(PARTITION, Some(&name)).await.unwrap();
            let outcomes = open(&context, None).await;
            let gap = (Height(lost), Height(lost + SEGMENT - 1));
            assert_eq!(outcomes.gap(begin, done), Some(gap));
            assert_eq!(outcomes.gap(Height(gap.1.0 + 1), done), None);
            drop(outcomes);
            // Who keeps fewer lacks nothing that is older.
            let few = open(&context, Some(SEGMENT)).await;
            let missed = (lost > 2 * SEGMENT).then_some(gap);
            assert_eq!(few.gap(begin, done), missed);
            assert!(few.keeps(few.last()) && !few.keeps(few.last().saturating_sub(SEGMENT)));
            drop(few);
            let (blob, _) = context.open(PARTITION, &name).await.unwrap();
            blob.write_at(0, bytes.as_ref().to_vec(), WriteOptions::SYNC)
                .await
                .unwrap();
        }
    });
}
