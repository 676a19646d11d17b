use commonware_runtime::{Runner as _, deterministic, mocks};

use super::*;

const CHAIN: ChainId = ChainId([7; 32]);

#[test]
fn nodes_of_one_version_and_chain_know_each_other() {
    assert_eq!(recognise(&encode(VERSION, &CHAIN), &CHAIN), Ok(()));
}

#[test]
fn others_are_told_apart() {
    for (bytes, says) in [
        (encode(VERSION + 1, &CHAIN), "this node needs an update"),
        (
            encode(VERSION - 1, &CHAIN),
            "the other node needs an update",
        ),
        (encode(VERSION, &ChainId([8; 32])), "another chain"),
        ([0; BYTES], "no node of etm"),
        (
            *b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\nabcd",
            "no node of etm",
        ),
    ] {
        let stranger = recognise(&bytes, &CHAIN).unwrap_err();
        assert!(stranger.contains(says), "{stranger}");
    }
}

#[test]
fn an_older_node_is_told_what_it_meets() {
    deterministic::Runner::default().start(|_| async move {
        let ((mut to_us, mut stream), (mut sink, mut from_us)) =
            (mocks::Channel::init(), mocks::Channel::init());
        let older = encode(VERSION - 1, &CHAIN);
        to_us.send(IoBuf::copy_from_slice(&older)).await.unwrap();
        let preface = Preface::new((), CHAIN, |_| None);
        let refused = preface
            .exchange::<std::convert::Infallible>(&mut stream, &mut sink)
            .await
            .unwrap_err();
        let says = format!("speaks version {} of the protocol, older", VERSION - 1);
        assert!(refused.to_string().contains(&says), "{refused}");
        // It hears the newer number before the connection ends, and with it who needs an update.
        let mut told = [0; BYTES];
        let mut received = from_us.recv(BYTES).await.unwrap();
        received.copy_to_slice(&mut told);
        assert_eq!(told, encode(VERSION, &CHAIN));
    });
}
