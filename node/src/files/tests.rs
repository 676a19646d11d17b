use super::*;

#[test]
fn the_limit_is_raised_as_far_as_it_may() {
    let (_, hard) = Resource::NOFILE.get().unwrap();
    let told = (hard != INFINITY).then_some(hard);
    assert_eq!(raise_limit(), told);
    assert_eq!(Resource::NOFILE.get().unwrap(), (hard, hard));
    assert_eq!(raise_limit(), told, "and again");
}

#[test]
fn the_systems_words_are_explained_once() {
    let explained = explain("no threads: Too many open files (os error 24)");
    assert!(explained.ends_with(ADVICE), "{explained}");
    assert_eq!(explain(&explained), explained);
    assert_eq!(explain("something else"), "something else");
}

#[test]
fn what_a_process_needs_fits_the_usual_limit() {
    assert!(needed(1, 101 * 2 + 64, 101) <= 1_024);
    assert!(needed(6, 6, 20) <= 1_024);
    assert!(needed(64, 64, 20) > 1_024);
    assert_eq!(needed(2, 2, 10), needed(2, 2, 20) + 2 * 7 * 20);
}

#[test]
fn those_who_connect_leave_storage_its_files() {
    for nodes in [1, 2, 9, 101] {
        for peers in [1, 9, 266] {
            let needed = needed(nodes, peers, 101);
            for limit in (0..10).map(|step| needed + step * step * 300) {
                let Shares {
                    clients,
                    handshakes,
                } = Shares::new(Some(limit), nodes, peers, 101);
                let each = clients as u64 + u64::from(handshakes.get());
                let storage = needed - nodes * 2 * LEAST;
                assert!(storage + nodes * each <= limit, "{nodes} {peers} {limit}");
                assert!(clients as u64 >= LEAST && u64::from(handshakes.get()) >= LEAST);
            }
        }
    }
    let none = Shares::new(None, 1, 1, 101);
    assert_eq!(u64::from(none.handshakes.get()), MOST_HANDSHAKES);
    assert!(none.clients > 1 << 20);
}
