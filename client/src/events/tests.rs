use super::*;

#[test]
fn events_are_found_wherever_the_bytes_are_cut() {
    let stream = b": hello\r\nid: 7\r\nevent: block\r\ndata: {\"a\":1}\r\n\r\ndata: one\ndata:two\n\n\n\nretry: 5\n\n";
    for cut in 0..stream.len() {
        let mut parser = Parser::default();
        assert!(parser.feed(&stream[..cut]) && parser.feed(&stream[cut..]));
        let found: Vec<String> = std::iter::from_fn(|| parser.take()).collect();
        assert_eq!(found, ["{\"a\":1}", "one\ntwo"], "cut at {cut}");
    }
}

#[test]
fn an_endless_event_is_given_up() {
    let mut parser = Parser::default();
    assert!(!parser.feed(&vec![b'x'; MAX_EVENT_BYTES + 1]));
}

#[test]
fn whoever_sends_much_is_read_slowly_and_whoever_sends_little_at_once() {
    let start = Instant::now();
    let at = |seconds: u64| start + Duration::from_secs(seconds);
    let mut pace = Pace(start);
    // A mebibyte a second for a minute: never a pause.
    for second in 0..60 {
        pace.took(1 << 20, at(second));
        assert!(pace.next() <= at(second), "after {second} s");
    }
    // A hundred at once: the burst is taken, and the rest as it may come.
    for _ in 0..100 {
        pace.took(1 << 20, at(100));
    }
    assert_eq!(pace.next(), at(100 + 100 - 8));
    // Whoever was silent has no more than a burst.
    pace.took(1 << 20, at(10_000));
    assert_eq!(pace.next(), at(10_001 - 8));
}
