use super::*;

fn door(limits: Limits) -> Arc<Door> {
    Door::new(limits)
}

fn few() -> Limits {
    Limits {
        connections: 6,
        connections_of_address: 3,
        ..Limits::default()
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Whether a connection was told to close.
fn is_closed(line: &Line) -> bool {
    let mut closed = std::pin::pin!(line.closed());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    closed.as_mut().poll(&mut context).is_ready()
}

#[test]
fn few_connections_have_bounds_in_proportion() {
    assert_eq!(Limits::of_connections(usize::MAX), Limits::default());
    assert_eq!(Limits::of_connections(2_048), Limits::default());
    for most in [16, 83, 500] {
        let limits = Limits::of_connections(most);
        assert_eq!(limits.connections, most);
        assert!(limits.connections_of_address <= most && limits.streams <= most / 2);
        assert!(limits.streams_of_address <= limits.streams);
        assert!(limits.requests_of_address <= most && limits.waiting_of_address <= most);
    }
}

#[test]
fn the_one_idle_for_longest_goes_and_busy_ones_stay() {
    let door = door(few());
    let address = ip("192.0.2.1");
    let lines: Vec<_> = (0..3).map(|_| door.enter(address).unwrap()).collect();
    // The first works; the second did and became idle after the third came.
    let work = lines[0].work();
    drop(lines[1].work());
    let fourth = door.enter(address).unwrap();
    assert!(is_closed(&lines[2]) && !is_closed(&lines[0]) && !is_closed(&lines[1]));
    let fifth = door.enter(address).unwrap();
    assert!(is_closed(&lines[1]));
    let busy = [fourth.work(), fifth.work()];
    assert_eq!(door.enter(address).unwrap_err(), Full::Address(3));
    // Another address is not concerned, and neither is this one once a request is answered.
    door.enter(ip("192.0.2.2")).unwrap();
    drop(work);
    door.enter(address).unwrap();
    assert!(is_closed(&lines[0]));
    drop(busy);
}

#[test]
fn all_together_have_a_bound() {
    let door = door(few());
    let lines: Vec<_> = (1..=6)
        .map(|host| door.enter(ip(&format!("192.0.2.{host}"))).unwrap())
        .collect();
    let seventh = door.enter(ip("192.0.2.7")).unwrap();
    assert!(is_closed(&lines[0]));
    assert_eq!(door.open(), 6);
    let busy: Vec<_> = lines[1..]
        .iter()
        .chain([&seventh])
        .map(Line::work)
        .collect();
    assert_eq!(door.enter(ip("192.0.2.8")).unwrap_err(), Full::All(6));
    assert!(!door.close_idle());
    drop(busy);
    drop(lines);
    drop(seventh);
    assert_eq!(door.open(), 0);
}

#[test]
fn this_machine_has_the_bounds_of_all_alone() {
    for (address, bound) in [
        ("127.0.0.1", false),
        ("127.9.9.9", false),
        ("::1", false),
        ("::ffff:127.0.0.1", false),
    ] {
        let door = door(few());
        let lines: Vec<_> = (0..6).map(|_| door.enter(ip(address)).unwrap()).collect();
        assert_eq!(lines.iter().any(|line| is_closed(line)), bound, "{address}");
        door.enter(ip(address)).unwrap();
        assert!(is_closed(&lines[0]), "{address}");
    }
    let bounded = door(Limits {
        bound_loopback: true,
        ..few()
    });
    let lines: Vec<_> = (0..4)
        .map(|_| bounded.enter(ip("::ffff:127.0.0.1")).unwrap())
        .collect();
    assert!(is_closed(&lines[0]));
}

#[test]
fn a_network_of_64_bits_is_one_address_and_mapped_addresses_are_their_own() {
    let door = door(few());
    let lines: Vec<_> = ["2001:db8::1", "2001:db8::ffff:2", "2001:db8::3"]
        .map(|text| door.enter(ip(text)).unwrap())
        .into();
    door.enter(ip("2001:db8::4")).unwrap();
    assert!(is_closed(&lines[0]));
    door.enter(ip("2001:db8:0:1::1")).unwrap();
    assert!(!is_closed(&lines[1]));
    assert!(Whose::of(ip("::ffff:192.0.2.1"), false).is(Whose::of(ip("192.0.2.1"), false)));
}

#[test]
fn a_closed_connection_counts_no_more_whatever_it_still_does() {
    let door = door(few());
    let address = ip("192.0.2.1");
    let closed = door.enter(address).unwrap();
    let _rest = [door.enter(address).unwrap(), door.enter(address).unwrap()];
    let _fourth = door.enter(address).unwrap();
    assert!(is_closed(&closed));
    drop(closed.work());
    assert_eq!(door.open(), 3);
    drop(closed);
    assert_eq!(door.open(), 3);
}

/// Sockets of those that were told to close count until they are gone, however long that takes on a busy machine.
#[test]
fn nobody_is_let_in_before_those_who_made_room_are_gone() {
    let door = door(few());
    let address = ip("192.0.2.1");
    let mut lines: Vec<_> = (0..3).map(|_| door.enter(address).unwrap()).collect();
    let waits = || {
        let mut settled = pin!(door.settled());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        settled.as_mut().poll(&mut context).is_pending()
    };
    assert!(!waits());
    let fourth = door.enter(address).unwrap();
    assert!(is_closed(&lines[0]) && waits());
    drop(fourth);
    assert!(
        waits(),
        "another one that goes is not the one that is waited for"
    );
    drop(lines.remove(0));
    assert!(!waits());
}

#[tokio::test]
async fn whoever_waits_for_them_hears_that_they_are_gone() {
    let door = door(few());
    let address = ip("192.0.2.1");
    let mut lines: Vec<_> = (0..4).map(|_| door.enter(address).unwrap()).collect();
    let waiting = tokio::spawn({
        let door = Arc::clone(&door);
        async move { door.settled().await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(lines.remove(0));
    waiting.await.unwrap();
}
