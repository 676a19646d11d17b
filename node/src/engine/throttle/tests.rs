use std::time::UNIX_EPOCH;

use super::*;
use crate::engine::{CHANNELS, gossip};

/// When messages of `bytes` are sent as soon as they may be, for ten seconds.
fn times(bytes: usize) -> Vec<Duration> {
    let begin = UNIX_EPOCH + Duration::from_secs(1_000);
    let (mut throttle, mut now, mut times) = (Throttle::new(begin), begin, Vec::new());
    loop {
        now = now.max(throttle.free_at());
        let passed = now.duration_since(begin).unwrap();
        if passed > Duration::from_secs(10) {
            return times;
        }
        throttle.sent(bytes, now);
        times.push(passed);
    }
}

#[test]
fn no_more_is_sent_than_the_quota_of_the_channel_takes() {
    let (_, quota) = CHANNELS[5];
    let (per_second, at_once) = (
        1.0 / quota.replenish_interval().as_secs_f64(),
        quota.burst_size(),
    );
    let times = times(300);
    assert!(times.len() > 900, "{} messages in ten seconds", times.len());
    for (first, from) in times.iter().enumerate() {
        for (count, to) in times[first..].iter().enumerate() {
            let most = f64::from(at_once.get()) + (*to - *from).as_secs_f64() * per_second;
            assert!((count + 1) as f64 <= most, "from {from:?} to {to:?}");
        }
    }
}

#[test]
fn long_messages_leave_room_for_votes() {
    let times = times(gossip::MAX_BYTES);
    let sent = times.len() * gossip::MAX_BYTES;
    let most = BYTES_PER_SECOND as usize * 10;
    assert!(
        sent > most / 2 && sent < most + 4 * gossip::MAX_BYTES,
        "{sent} bytes"
    );
}
