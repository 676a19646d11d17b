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
