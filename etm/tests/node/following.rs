//! A node without keys follows others over HTTP.

use crate::support::{
    Node, etm, eventually, failure, follower, free_port, get, height, in_memory, miner, succeed,
};
use std::{fs, path::Path};

#[test]
fn a_stranger_with_an_address_has_a_node_that_follows() {
    let home = in_memory();
    let (peers, api) = (free_port(), free_port());
    let data = miner(home.path(), peers, api, &[]);
    let first = Node::start(etm().args(["node", "run", "--data"]).arg(&data));
    eventually("blocks", || height(api).filter(|height| *height > 2));
    let (follower, own, said) = follower(home.path(), "follower", api);
    let folder = Path::new(&follower);
    let url = format!("http://127.0.0.1:{api}");
    assert!(said.contains("follows      http://"), "{said}");
    assert!(!folder.join("node.key").exists());
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(
        config.contains(&format!("upstreams = \"{url}\"")),
        "{config}"
    );
    let node = Node::start(etm().args(["node", "run", "--data", &follower]));
    let reached = eventually("the first node's blocks", || {
        height(own).filter(|height| *height > 5)
    });
    let hash = |port: u16| {
        let (_, body) = get(port, &format!("/api/v1/blocks/{reached}")).unwrap();
        let block: serde_json::Value = serde_json::from_str(&body).unwrap();
        block["hash"].as_str().map(str::to_owned)
    };
    assert_eq!(
        eventually("the block", || hash(own)),
        eventually("the block", || hash(api))
    );
    assert_eq!(node.stop().0, 0);
    assert_eq!(first.stop().0, 0);
    is_told_of_another_chain(&follower, own);
    // To a node that follows, no keys are nothing bad.
    let checked = succeed(&["node", "check", "--data", &follower]);
    assert!(
        checked.contains("none: the node works for no miner, and follows http://"),
        "{checked}"
    );

    // Nobody to follow and no keys.
    let alone = etm()
        .args(["node", "run", "--upstreams", "", "--data", &follower])
        .output()
        .unwrap();
    let (code, errors) = failure(&alone);
    assert_eq!(code, 1, "{errors}");
    assert!(
        errors.contains("node.key: no keys are there, and no nodes to follow are named"),
        "{errors}"
    );
}

/// A node of another chain is no upstream: who follows it is told which chain that is, and takes nothing.
fn is_told_of_another_chain(follower: &str, own: u16) {
    let home = in_memory();
    let (peers, api) = (free_port(), free_port());
    let data = miner(home.path(), peers, api, &[]);
    let other = Node::start(etm().args(["node", "run", "--data"]).arg(&data));
    eventually("blocks", || height(api).filter(|height| *height > 2));
    let url = format!("http://127.0.0.1:{api}");
    let run = ["node", "run", "--data", follower, "--upstreams", &url];
    let node = Node::start(etm().args(run));
    eventually("why it is not followed", || {
        let (_, body) = get(own, "/api/v1/peers")?;
        body.contains("it follows the chain").then_some(())
    });
    assert_eq!(node.stop().0, 0);
    assert_eq!(other.stop().0, 0);
}
