use std::collections::VecDeque;

use commonware_runtime::IoBuf;
use futures::executor::block_on;

use super::*;

/// A connection on which this comes.
struct Comes(VecDeque<Vec<u8>>);

impl Receiver for Comes {
    type Error = std::io::Error;

    async fn recv(&mut self) -> Result<IoBufs, Self::Error> {
        let next = self.0.pop_front();
        next.map(|bytes| IoBufs::from(IoBuf::copy_from_slice(&bytes)))
            .ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }
}

fn received(comes: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut awake = Awake::new(Comes(comes.into_iter().collect()));
    let mut received = Vec::new();
    while let Ok(message) = block_on(awake.recv()) {
        received.push(message.coalesce().as_ref().to_vec());
    }
    received
}

#[test]
fn pings_are_passed_over_and_nothing_else() {
    let mut comes = vec![vec![PING]; 30];
    comes.extend([vec![0], vec![PING, PING], vec![], vec![2]]);
    comes.extend(vec![vec![PING]; 30]);
    comes.push(vec![0, 7, 7]);
    let expected = [vec![0], vec![PING, PING], vec![], vec![2], vec![0, 7, 7]];
    assert_eq!(received(comes), expected);
}

#[test]
fn a_flood_of_pings_reaches_the_network() {
    let flood = received(vec![vec![PING]; 1_000]);
    assert_eq!(flood.len(), 1_000 - AT_ONCE as usize);
}

#[test]
fn with_time_more_may_be_passed_over_but_never_more_at_once() {
    let begun = Instant::now();
    let mut allowance = Allowance {
        left: 0,
        counted: begun,
    };
    assert!(!allowance.take(begun));
    let later = begun + ONE_MORE;
    assert!(allowance.take(later));
    assert!(!allowance.take(later));
    let much_later = begun + Duration::from_secs(86_400);
    let taken = (0..1_000).filter(|_| allowance.take(much_later)).count();
    assert_eq!(taken, AT_ONCE as usize);
}
