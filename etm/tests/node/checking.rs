//! `etm node status`, `keys` and `check`.

use crate::support::{
    Node, etm, eventually, failure, follower, free_port, height, in_memory, miner, succeed,
};
use std::{fs, net::TcpListener};

/// The lines of `etm node check` by what they are about: mark and text.
fn check(data: &str, settings: &[&str]) -> (i32, String) {
    let output = etm()
        .args(["node", "check", "--data", data])
        .args(settings)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap_or(-1), text)
}

fn line<'a>(text: &'a str, what: &str) -> &'a str {
    text.lines()
        .find(|line| line.split_whitespace().nth(1) == Some(what))
        .unwrap_or_else(|| panic!("nothing about {what}: {text}"))
}

#[test]
fn what_keeps_a_node_from_its_work_is_found() {
    let home = in_memory();
    let (peers, api) = (free_port(), free_port());
    let external = format!("127.0.0.1:{peers}");
    let folder = miner(
        home.path(),
        peers,
        api,
        &["--external", &external, "--private-addresses", "true"],
    );
    let data = folder.to_str().unwrap();
    let (code, text) = check(data, &[]);
    assert_eq!(code, 0, "{text}");
    for what in ["genesis", "keys", "folder", "listen", "api"] {
        assert!(line(&text, what).starts_with("ok "), "{text}");
    }
    assert!(line(&text, "external").starts_with("? "), "{text}");
    let (code, errors) = failure(
        &etm()
            .args(["node", "status", "--data", data])
            .output()
            .unwrap(),
    );
    assert_eq!(code, 3);
    assert!(errors.contains("etm node run"), "{errors}");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, text) = check(
        data,
        &["--listen", &taken.local_addr().unwrap().to_string()],
    );
    assert!(
        code == 1 && line(&text, "listen").starts_with("bad "),
        "{text}"
    );

    let node = Node::start(etm().args(["node", "run", "--data", data]));
    eventually("blocks", || height(api).filter(|height| *height > 0));
    let url = format!("http://127.0.0.1:{api}");
    let (code, text) = check(data, &["--peer", &url]);
    assert_eq!(code, 0, "{text}");
    for what in ["listen", "api", "external", "version"] {
        assert!(line(&text, what).starts_with("ok "), "{text}");
    }
    // Another node is asked for this one: of a folder that never ran, or in place of the one that runs.
    let (idle, other, _) = follower(home.path(), "idle", api);
    let asked = [
        "node",
        "status",
        "--data",
        &idle,
        "--api",
        &url["http://".len()..],
    ];
    let (code, said) = failure(&etm().args(asked).output().unwrap());
    assert!(
        code == 1 && said.contains("does not run; another one answers"),
        "{said}"
    );
    let follows = Node::start(etm().args(["node", "run", "--data", &idle]));
    eventually("the follower", || height(other));
    let (code, text) = check(data, &["--api", &format!("127.0.0.1:{other}")]);
    let api_line = line(&text, "api");
    assert!(
        code == 0 && api_line.contains("another node answers on"),
        "{text}"
    );
    assert_eq!(follows.stop().0, 0);
    // Something else answers there.
    let (code, text) = check(data, &["--external", &format!("127.0.0.1:{api}")]);
    assert!(
        code == 0 && line(&text, "external").starts_with("look "),
        "{text}"
    );
    let status = succeed(&["node", "status", "--data", data, "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let keys = succeed(&["node", "keys", "--data", data, "--json"]);
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    assert_eq!(status["node"]["node_key"], keys["node_key"]);
    assert_eq!(node.stop().0, 0);

    // The right files for another node or chain.
    let key = fs::read_to_string(folder.join("node.key")).unwrap();
    fs::remove_file(folder.join("node.key")).unwrap();
    let (code, text) = check(data, &[]);
    assert!(
        code == 1 && line(&text, "keys").contains("no keys are there, and no nodes to follow"),
        "{text}"
    );
    succeed(&[
        "miner",
        "node-keys",
        folder.join("node.key").to_str().unwrap(),
    ]);
    let (code, text) = check(data, &[]);
    assert!(
        code == 1 && line(&text, "folder").contains("put the right key back"),
        "{text}"
    );
    fs::write(folder.join("node.key"), key).unwrap();
    fs::write(folder.join("chain.about"), "etm-chain/v9\n").unwrap();
    let (code, text) = check(data, &[]);
    assert!(
        code == 1 && line(&text, "folder").contains("newer etm is needed"),
        "{text}"
    );
}
