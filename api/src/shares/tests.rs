use std::task::{Context, Poll, Waker};

use super::*;

fn whose(text: &str) -> Whose {
    Whose::of(text.parse().unwrap(), false)
}

#[test]
fn an_address_has_a_share_and_all_have_a_bound() {
    let shares = Shares::new(3, 2);
    let (one, other) = (whose("192.0.2.1"), whose("192.0.2.2"));
    let first = shares.take(one, 1).unwrap();
    let _second = shares.take(one, 1).unwrap();
    assert_eq!(shares.take(one, 1).unwrap_err(), Full::Address(2));
    let third = shares.take(other, 1).unwrap();
    assert_eq!(shares.take(other, 1).unwrap_err(), Full::All(3));
    drop(third);
    assert_eq!(shares.take(one, 1).unwrap_err(), Full::Address(2));
    drop(first);
    shares.take(one, 1).unwrap();
}

#[test]
fn nothing_is_kept_of_those_who_have_given_all_back() {
    let shares = Shares::new(300, 2);
    let taken: Vec<_> = (0..250)
        .map(|host| shares.take(whose(&format!("192.0.2.{host}")), 1).unwrap())
        .collect();
    assert_eq!(shares.taken().of.len(), 250);
    drop(taken);
    let rest = shares.taken();
    assert!((rest.all, rest.of.len()) == (0, 0));
}

#[test]
fn more_than_a_share_is_for_who_has_nothing_else() {
    let shares = Shares::new(100, 10);
    let (one, other) = (whose("192.0.2.1"), whose("192.0.2.2"));
    let small = shares.take(one, 1).unwrap();
    assert_eq!(shares.take(one, 60).unwrap_err(), Full::Address(10));
    drop(small);
    let large = shares.take(one, 60).unwrap();
    assert_eq!(shares.take(one, 1).unwrap_err(), Full::Address(10));
    assert_eq!(shares.take(other, 60).unwrap_err(), Full::All(100));
    drop(large);
    assert_eq!(shares.take(other, usize::MAX).unwrap_err(), Full::All(100));
    shares.take(other, 100).unwrap();
}

#[test]
fn this_machine_has_the_bounds_of_all_alone() {
    let shares = Shares::new(3, 1);
    for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        let taken: Vec<_> = (0..3)
            .map(|_| shares.take(whose(address), 1).unwrap())
            .collect();
        assert_eq!(shares.take(whose(address), 1).unwrap_err(), Full::All(3));
        drop(taken);
    }
    let bound = Whose::of("127.0.0.1".parse().unwrap(), true);
    let _first = shares.take(bound, 1).unwrap();
    assert_eq!(shares.take(bound, 1).unwrap_err(), Full::Address(1));
}

/// Whether a turn comes at once.
fn comes<F: Future>(turn: std::pin::Pin<&mut F>) -> Option<F::Output> {
    match turn.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(turn) => Some(turn),
        Poll::Pending => None,
    }
}

#[test]
fn others_wait_behind_no_more_than_half_the_turns_of_an_address() {
    let turns = Turns::new(4);
    let next = |text: &str| Box::pin(turns.next(whose(text)));
    // Asked for first, and more than there are.
    let mut many: Vec<_> = (0..20).map(|_| next("192.0.2.1")).collect();
    let had: Vec<_> = many
        .iter_mut()
        .filter_map(|turn| comes(turn.as_mut()))
        .collect();
    assert_eq!(had.len(), 2);
    let mut others: Vec<_> = ["192.0.2.2", "192.0.2.3"].map(next).into();
    let others: Vec<_> = others
        .iter_mut()
        .filter_map(|turn| comes(turn.as_mut()))
        .collect();
    assert_eq!((others.len(), turns.in_work()), (2, 4));
    // All turns are taken: whoever comes now is before those of the first that have yet to come.
    let mut late = next("192.0.2.4");
    assert!(comes(late.as_mut()).is_none());
    drop(had);
    assert!(comes(late.as_mut()).is_some());
    drop(others);
    drop(many);
    drop(late);
    assert_eq!(turns.in_work(), 0);
    let _one = comes(next("192.0.2.5").as_mut()).unwrap();
    assert_eq!(
        turns.of.lock().unwrap().len(),
        1,
        "the others are forgotten"
    );
}

#[test]
fn where_there_is_one_turn_addresses_take_it_one_after_the_other() {
    let turns = Turns::new(1);
    let next = |text: &str| Box::pin(turns.next(whose(text)));
    let mut many: Vec<_> = (0..20).map(|_| next("192.0.2.1")).collect();
    let mut had: Vec<_> = many
        .iter_mut()
        .filter_map(|turn| comes(turn.as_mut()))
        .collect();
    assert_eq!(had.len(), 1);
    let mut other = next("192.0.2.2");
    assert!(comes(other.as_mut()).is_none());
    had.clear();
    assert!(comes(many[1].as_mut()).is_none(), "its next is behind");
    assert!(comes(other.as_mut()).is_some());
}
