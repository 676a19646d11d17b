//! Folders of nodes.

use crate::support::{
    Node, chain, etm, eventually, failure, free_port, height, in_memory, miner, mode, succeed,
};
use std::fs;

#[test]
fn a_folder_is_private_whole_and_never_overwritten() {
    let home = in_memory();
    let (genesis, _) = chain(home.path(), 9100);
    let data = home.path().join("a").join("node");
    let arguments = [
        "node",
        "init",
        "--genesis",
        genesis.to_str().unwrap(),
        "--miner",
        "--external",
        "node.example.org:9100",
        "--data",
        data.to_str().unwrap(),
    ];
    let said = succeed(&arguments);
    let register = format!(
        "etm miner register NAME --dial node.example.org:9100 --node-keys {}/node.key",
        data.display()
    );
    assert!(said.contains(&register), "{said}");
    assert!(!said.contains("WARNING"), "{said}");
    let keys = format!("keys         {}/node.key\n", data.display());
    assert!(said.contains(&keys), "{said}");
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("node.key")), 0o600);
    let read = |name: &str| fs::read_to_string(data.join(name)).unwrap();
    let (config, key) = (read("config.toml"), read("node.key"));
    assert!(
        config.contains("external = \"node.example.org:9100\""),
        "{config}"
    );
    assert!(config.contains("#listen = \"0.0.0.0:9100\""), "{config}");
    let secrets = etm_node::keys::load(&data.join("node.key")).unwrap();
    assert!(
        said.contains(&secrets.node.node_key().to_string()),
        "{said}"
    );

    let (code, errors) = failure(&etm().args(arguments).output().unwrap());
    assert_eq!((code, errors.lines().count()), (2, 1), "{errors}");
    assert!(errors.contains("never overwritten"), "{errors}");
    // A folder that is not whole is completed with the key that lies there.
    fs::remove_file(data.join("config.toml")).unwrap();
    succeed(&arguments);
    assert_eq!((read("config.toml"), read("node.key")), (config, key));
    // But not made one of another chain.
    fs::remove_file(data.join("config.toml")).unwrap();
    let other = home.path().join("other");
    fs::create_dir(&other).unwrap();
    let (second, _) = chain(&other, 9200);
    let mut with_other = arguments;
    with_other[3] = second.to_str().unwrap();
    let (code, errors) = failure(&etm().args(with_other).output().unwrap());
    assert_eq!(code, 2);
    assert!(errors.contains("genesis of another chain"), "{errors}");
    // What never ends is no genesis.
    with_other[3] = "/dev/zero";
    let (code, errors) = failure(&etm().args(with_other).output().unwrap());
    assert_eq!(code, 2);
    assert!(errors.contains("/dev/zero: not UTF-8 text"), "{errors}");
}

#[test]
fn a_genesis_from_a_node_is_compared_or_warned_of() {
    let home = in_memory();
    let (peers, api) = (free_port(), free_port());
    let data = miner(home.path(), peers, api, &[]);
    let _node = Node::start(etm().args(["node", "run", "--data"]).arg(&data));
    eventually("an answer", || height(api));
    let url = format!("http://127.0.0.1:{api}");
    let folder = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let init = |name: &str, chain: &[&str]| {
        let mut arguments = vec!["node", "init", "--genesis", &url];
        arguments.extend(chain);
        let folder = folder(name);
        etm()
            .args(arguments)
            .args(["--data", &folder])
            .output()
            .unwrap()
    };
    let unchecked = init("unchecked", &[]);
    assert!(unchecked.status.success());
    let warning = failure(&unchecked).1;
    assert!(
        warning.starts_with("WARNING: ") && warning.contains(&url),
        "{warning}"
    );
    let genesis =
        |name: &str| fs::read_to_string(home.path().join(name).join("genesis.json")).unwrap();
    assert_eq!(genesis("unchecked"), genesis("node"));
    // A program reads it in its one document, and it is no failure that nobody can be warned.
    let told = init("told", &["--json"]);
    assert_eq!(failure(&told), (0, String::new()));
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["unchecked"], url);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let arguments = ["node", "init", "--genesis", &url, "--data", &folder("full")];
    let output = etm().args(arguments).stderr(full).output().unwrap();
    assert_eq!(output.status.code(), Some(0));

    let said = String::from_utf8(unchecked.stdout).unwrap();
    let id = said
        .lines()
        .find_map(|line| line.strip_prefix("chain")?.split_whitespace().next())
        .unwrap();
    let checked = init("checked", &["--chain-id", id]);
    assert_eq!(failure(&checked), (0, String::new()));

    let wrong = init("wrong", &["--chain-id", &"ab".repeat(32)]);
    let (code, errors) = failure(&wrong);
    assert_eq!((code, errors.lines().count()), (2, 1), "{errors}");
    assert!(errors.contains(id) && errors.contains("abab"), "{errors}");
    assert!(!home.path().join("wrong").exists(), "nothing was made");

    let nobody = format!("http://127.0.0.1:{}", free_port());
    let unreachable = etm()
        .args([
            "node",
            "init",
            "--genesis",
            &nobody,
            "--data",
            &folder("nobody"),
        ])
        .output()
        .unwrap();
    let (code, errors) = failure(&unreachable);
    assert_eq!((code, errors.lines().count()), (3, 1), "{errors}");
    assert!(errors.contains(&nobody), "{errors}");
    assert!(!home.path().join("nobody").exists());
}
