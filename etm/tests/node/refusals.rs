//! What is wrong is said in one line, with the right exit code, and nothing is changed.

use crate::support::{chain, etm, failure, free_port, in_memory, succeed};
use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Every file of a folder with what is in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

struct Folder {
    home: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let home = in_memory();
        let (genesis, _) = chain(home.path(), 9100);
        let data = home.path().join("node");
        succeed(&[
            "node",
            "init",
            "--miner",
            "--genesis",
            genesis.to_str().unwrap(),
            "--data",
            data.to_str().unwrap(),
        ]);
        Self { home }
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("node")
    }

    /// Runs the node, which must refuse to with `code` and one line that holds all `parts`.
    fn refuses(&self, code: i32, settings: &[&str], parts: &[&str]) {
        let before = files(&self.data());
        let output = etm()
            .args(["node", "run", "--log", "error", "--data"])
            .arg(self.data())
            .args(settings)
            .output()
            .unwrap();
        let (found, errors) = failure(&output);
        assert_eq!((found, errors.lines().count()), (code, 1), "{errors}");
        for part in parts {
            assert!(errors.contains(part), "{errors}: {part}");
        }
        assert_eq!(files(&self.data()), before, "something was changed");
    }
}

#[test]
fn wrong_settings_and_files_are_named() {
    let node = Folder::new();
    let config = node.data().join("config.toml");
    let good = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{good}apy = \"off\"\n")).unwrap();
    node.refuses(
        2,
        &[],
        &["config.toml, line ", ": apy: ", "did you mean api?"],
    );
    fs::write(&config, good.replace("#api = ", "api = [")).unwrap();
    node.refuses(2, &[], &["config.toml, line "]);
    fs::write(&config, [0xff, 0xfe]).unwrap();
    node.refuses(2, &[], &["config.toml: not UTF-8 text"]);
    fs::remove_file(&config).unwrap();
    node.refuses(2, &[], &["config.toml", "etm node init"]);
    fs::write(&config, &good).unwrap();
    node.refuses(
        2,
        &["--chain-id", &"ab".repeat(32)],
        &["genesis.json", "abab"],
    );
    node.refuses(2, &["--api", "nowhere"], &["--api: `nowhere`"]);

    let key = node.data().join("node.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    node.refuses(1, &[], &["node.key", "others can read"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let text = fs::read_to_string(&key).unwrap();
    fs::write(&key, &text[..100]).unwrap();
    node.refuses(1, &[], &["node.key", "the third line"]);
    fs::write(&key, &text).unwrap();
    node.refuses(
        1,
        &["--key-file", "other.key"],
        &["other.key", "no keys are there"],
    );

    let genesis = node.data().join("genesis.json");
    let text = fs::read_to_string(&genesis).unwrap();
    fs::write(&genesis, &text[..text.len() / 2]).unwrap();
    node.refuses(2, &[], &["genesis.json: "]);
    // One figure more is another chain.
    fs::write(
        &genesis,
        text.replace("\"slot_ms\": 500", "\"slot_ms\": 600"),
    )
    .unwrap();
    node.refuses(2, &[], &["genesis.json", "the chain that is wanted is"]);
    fs::remove_file(&genesis).unwrap();
    node.refuses(2, &[], &["genesis.json is not there", "--genesis URL"]);
}

#[test]
fn ports_that_are_taken_are_named() {
    let node = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let free = format!("127.0.0.1:{}", free_port());
    node.refuses(1, &["--listen", &free, "--api", &taken], &[&taken, "--api"]);
    node.refuses(
        1,
        &["--listen", &free, "--api", "off", "--metrics", &taken],
        &[&taken, "--metrics"],
    );
    node.refuses(1, &["--listen", &taken, "--api", "off"], &[&taken]);
    node.refuses(
        1,
        &["--listen", &free, "--api", "192.0.2.1:80"],
        &["192.0.2.1:80", "of this machine"],
    );
}

#[test]
fn options_of_the_wallet_are_refused_where_they_would_do_nothing() {
    let url = "http://127.0.0.1:1";
    for (arguments, instead) in [
        (&["node", "checkpoint", "--node", url][..], "--from URL"),
        (
            &["node", "snapshot", "make", "f", "--node", url],
            "--from URL",
        ),
        (
            &["--node", url, "node", "status"],
            "`etm status --node URL`",
        ),
        (
            &["node", "run", "--chain", "00"],
            "--chain-id HASH is the option of `etm node init`",
        ),
        (
            &["devnet", "--key", "alice"],
            "does not take the wallet's option --key",
        ),
        (
            &["--config", "c", "devnet"],
            "does not take the wallet's option --config",
        ),
        (
            &["--timeout", "3"],
            "`etm devnet` does not take the wallet's option --timeout",
        ),
        (
            &["node", "status", "--timeout", "3"],
            "does not take the wallet's option --timeout",
        ),
    ] {
        let (code, said) = failure(&etm().args(arguments).output().unwrap());
        assert_eq!(code, 2, "{said}");
        assert!(said.starts_with("etm: `etm "), "{said}");
        assert!(said.contains(instead), "{said}");
    }
}
