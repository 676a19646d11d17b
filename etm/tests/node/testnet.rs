//! A network over several hosts: here addresses of this machine.

use crate::support::{
    Node, etm, eventually, failure, free_port, get_from, in_memory, mode, succeed,
};
use etm_execution::genesis::Draft;
use etm_types::Units;
use std::{collections::BTreeSet, fs, process::Command};

#[test]
fn hosts_get_folders_that_run_as_one_network() {
    let home = in_memory();
    let (peers, api) = (free_port(), free_port());
    let out = home.path().join("net");
    let hosts: Vec<String> = (1..=4)
        .map(|host| format!("127.0.0.{host}:{peers}"))
        .collect();
    let mut arguments = vec!["testnet", "init", "--slot", "300ms", "--round", "10"];
    for host in &hosts {
        arguments.extend(["--host", host]);
    }
    arguments.extend(["--out", out.to_str().unwrap()]);
    succeed(&arguments);
    let nodes: Vec<Node> = (1..=4)
        .map(|host| {
            // All of them are on one machine, so that none may listen everywhere.
            let address = format!("127.0.0.{host}");
            let data = out.join(&address).join("node-0");
            let (listen, api) = (format!("{address}:{peers}"), format!("{address}:{api}"));
            Node::start(
                etm()
                    .args(["node", "run", "--listen", &listen, "--api", &api, "--data"])
                    .arg(data),
            )
        })
        .collect();
    let ask = |host: u8, path: &str| {
        let (status, body) = get_from((format!("127.0.0.{host}").as_str(), api), path)?;
        let answer: serde_json::Value = serde_json::from_str(&body).ok()?;
        (status == 200).then_some(answer)
    };
    let hashes: BTreeSet<String> = (1..=4)
        .map(|host| {
            let block = eventually("the second round", || ask(host, "/api/v1/blocks/15"));
            block["hash"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(hashes.len(), 1);
    eventually("all peers", || {
        ask(1, "/api/v1/status").filter(|status| status["peers"] == 3)
    });
    for node in nodes {
        assert_eq!(node.stop().0, 0);
    }
}

#[test]
fn folders_hold_what_a_host_needs_and_nothing_of_the_others() {
    let home = in_memory();
    let address = "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c";
    let table = home.path().join("fund.csv");
    fs::write(
        &table,
        format!("address,balance,locked,miner\n{address},1000,50.5,3\n"),
    )
    .unwrap();
    let out = home.path().join("net");
    let arguments = [
        "testnet",
        "init",
        "--host",
        "a.example:7000",
        "--host",
        "[2001:db8::2]:7000",
        "--miners-per-host",
        "2",
        "--preset",
        "mainnet",
        "--fund",
        table.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    let said = succeed(&arguments);
    assert!(said.contains("101 seats"), "{said}");
    let genesis = fs::read_to_string(out.join("genesis.json")).unwrap();
    let draft = Draft::from_json(&genesis).unwrap();
    let funded = address.parse().unwrap();
    assert_eq!(draft.accounts[&funded], Units(100_000_000_000));
    assert_eq!(draft.positions[&funded].miner.unwrap().0, 3);
    let dials: Vec<&str> = draft
        .miners
        .iter()
        .map(|miner| miner.dial.as_str())
        .collect();
    assert_eq!(
        dials,
        [
            "a.example:7000",
            "a.example:7001",
            "[2001:db8::2]:7000",
            "[2001:db8::2]:7001"
        ]
    );
    // Nobody has all that there is but the treasury, which everybody can count.
    let total: u64 = draft.accounts.values().map(|units| units.0).sum::<u64>()
        + draft
            .positions
            .values()
            .map(|position| position.locked.0)
            .sum::<u64>();
    assert_eq!(total, 235_000_000 * Units::ETM.0);

    let mut keys = BTreeSet::new();
    for (host, name) in ["a.example", "2001_db8__2"].iter().enumerate() {
        let host_folder = out.join(name);
        let mut files: Vec<String> = fs::read_dir(&host_folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(
            files,
            [
                "compose.yaml",
                "etm-node-0.service",
                "etm-node-1.service",
                "install.sh",
                "node-0",
                "node-1"
            ]
        );
        for node in 0..2 {
            let folder = host_folder.join(format!("node-{node}"));
            assert_eq!(mode(&folder.join("node.key")), 0o600);
            let secrets = etm_node::keys::load(&folder.join("node.key")).unwrap();
            let miner = &draft.miners[host * 2 + node];
            assert_eq!(miner.keys.node, secrets.node.node_key());
            assert!(keys.insert(secrets.node.node_key().to_string()));
            assert_eq!(
                fs::read_to_string(folder.join("genesis.json")).unwrap(),
                genesis
            );
            let config = fs::read_to_string(folder.join("config.toml")).unwrap();
            assert!(
                config.contains(&format!("external = \"{}\"", miner.dial)),
                "{config}"
            );
            let unit =
                fs::read_to_string(host_folder.join(format!("etm-node-{node}.service"))).unwrap();
            assert!(
                unit.contains(&format!("run --data /var/lib/etm/node-{node}\n")),
                "{unit}"
            );
        }
        let script = Command::new("sh")
            .arg("-n")
            .arg(host_folder.join("install.sh"))
            .status()
            .unwrap();
        assert!(script.success());
    }
    let readme = fs::read_to_string(out.join("README.md")).unwrap();
    assert!(
        readme.contains("scp -pr a.example root@a.example:"),
        "{readme}"
    );
    assert!(readme.contains("http://[2001:db8::2]:8080"), "{readme}");

    // Owners stay at home.
    assert_eq!(mode(&out.join("owners/treasury/owner.key")), 0o600);
    let before = fs::read_to_string(out.join("README.md")).unwrap();
    let (code, errors) = failure(&etm().args(arguments).output().unwrap());
    assert_eq!((code, errors.lines().count()), (2, 1), "{errors}");
    assert!(errors.contains("never overwritten"), "{errors}");
    assert_eq!(fs::read_to_string(out.join("README.md")).unwrap(), before);
}

#[test]
fn nothing_is_left_where_something_is_wrong() {
    let home = in_memory();
    let out = home.path().join("net");
    let table = home.path().join("fund.csv");
    fs::write(&table, "address,balance\nx,1\n").unwrap();
    // With the 210 of the founding miner's owner a unit too much.
    let rich = home.path().join("rich.csv");
    let address = "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c";
    let row = format!("address,balance\n{address},234999790.00000001\n");
    fs::write(&rich, row).unwrap();
    let cases: [(&[&str], &str); 5] = [
        (
            &["--host", "a:1", "--fund", rich.to_str().unwrap()],
            "235000000.00000001 ETM, more than the 235000000 ETM",
        ),
        (&["--host", "a.example"], "--host a.example: "),
        (&["--host", "a:1", "--host", "a:1"], "taken by another node"),
        (
            &["--host", "a:1", "--fund", table.to_str().unwrap()],
            "fund.csv, line 2: address",
        ),
        (&["--host", "a:1", "--name", "Net"], "name"),
    ];
    for (wrong, part) in cases {
        let output = etm()
            .args(["testnet", "init", "--out", out.to_str().unwrap()])
            .args(wrong)
            .output()
            .unwrap();
        let (code, errors) = failure(&output);
        assert_eq!((code, errors.lines().count()), (2, 1), "{errors}");
        assert!(errors.contains(part), "{errors}");
        let mut left: Vec<_> = fs::read_dir(home.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["fund.csv", "rich.csv"]);
    }
}
