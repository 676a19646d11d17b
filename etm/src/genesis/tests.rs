use super::*;
use clap::Parser;
use etm_wallet::output::{Page, Report as _};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: GenesisCommand,
}

/// Runs a line of a terminal; what it printed, or why it failed.
fn etm(line: &[&str]) -> Result<String, String> {
    let line = ["genesis"].iter().chain(line);
    let cli = Cli::try_parse_from(line).map_err(|error| error.to_string())?;
    let made =
        run(&cli.command, &Output::new(true, true)).map_err(|failure| failure.to_string())?;
    let mut page = Page::default();
    made.show(&mut page);
    Ok(page.as_str().to_owned())
}

#[test]
fn a_genesis_is_made_checked_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (out, keys, others) = (path("genesis.json"), path("keys"), path("others"));
    let made = etm(&[
        "new",
        "--preset",
        "devnet",
        "--out",
        &out,
        "--node-keys",
        &keys,
    ])
    .unwrap();
    let checked = etm(&["check", &out]).unwrap();
    assert!(made.contains(&checked), "{made} {checked}");
    // Every file that was written is named, and what to do with them.
    for index in 0..4 {
        for name in ["node.key", "owner.key"] {
            let file = format!("{keys}/node-{index}/{name}");
            assert!(made.contains(&format!("written to {file}\n")), "{made}");
            assert!(Path::new(&file).exists());
        }
    }
    assert!(made.contains(&format!("written to {out}\n")), "{made}");
    let next = format!("next        etm devnet --genesis {out} --data {keys}\n");
    assert!(made.contains(&next), "{made}");
    let owner = format!("--secret-file {keys}/node-0/owner.key");
    assert!(made.contains(&owner), "{made}");
    let again = etm(&["new", "--out", &out, "--node-keys", &others]).unwrap_err();
    assert!(
        again.ends_with("never overwritten; choose another --out"),
        "{again}"
    );
    assert!(!Path::new(&others).exists(), "nothing is left behind");
}

#[test]
fn many_files_are_told_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (out, keys) = (path("genesis.json"), path("keys"));
    let miners = ["--miners", "9", "--out", &out, "--node-keys", &keys];
    let made = etm(&[&["new"][..], &miners].concat()).unwrap();
    let told = format!(
        "written to node.key and owner.key in each of {keys}/node-0 to {keys}/node-8, 18 files\n"
    );
    assert!(made.contains(&told), "{made}");
    let next = format!(
        "etm node init --genesis {out} --data {keys}/node-0 --external 127.0.0.1:9100 --listen 0.0.0.0:9100\n"
    );
    assert!(made.contains(&next), "{made}");
}

#[test]
fn a_genesis_that_comes_to_nothing_leaves_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (out, keys) = (path("genesis.json"), path("keys"));
    let to = ["--out", &out, "--node-keys", &keys];
    for (wrong, reason) in [
        (&["--name", "Not A Name"][..], "name"),
        (&["--dial", "127.0.0.1:65534"], "above 65535"),
        (&["--out", &path("nowhere/genesis.json")], "nowhere"),
    ] {
        let to = if wrong[0] == "--out" {
            &to[2..]
        } else {
            &to[..]
        };
        let refused = etm(&[&["new"][..], to, wrong].concat()).unwrap_err();
        assert!(refused.contains(reason), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{reason}");
    }
    // Those that lay there stay.
    let kept = folder.path().join("keys/node-0");
    fs::create_dir_all(&kept).unwrap();
    let owner = owner_key::owner(&kept, &Output::new(true, true)).unwrap();
    etm(&[&["new", "--name", "Not A Name"][..], &to].concat()).unwrap_err();
    assert_eq!(
        owner_key::owner(&kept, &Output::new(true, true)).unwrap(),
        owner
    );
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 1);
    assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 1);
}

/// Whoever makes a second chain beside a first gets the same owners and nodes in it: that is told.
#[test]
fn keys_that_lay_there_are_taken_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let keys = path("keys");
    let new = |out: &str, miners: &str| {
        etm(&[
            "new",
            "--preset",
            "devnet",
            "--miners",
            miners,
            "--out",
            &path(out),
            "--node-keys",
            &keys,
        ])
        .unwrap()
    };
    let first = new("first.json", "4");
    assert!(!first.contains("lay in"), "{first}");
    let second = new("second.json", "5");
    let told = format!(
        "keys lay in {keys} already and were taken, of node-0, node-1, node-2, node-3; with another"
    );
    assert!(second.contains(&told), "{second}");
    // A single key is enough.
    fs::remove_file(Path::new(&keys).join("node-0/node.key")).unwrap();
    let third = new("third.json", "4");
    assert!(third.contains("of node-0, node-1"), "{third}");
}

#[test]
fn an_import_makes_no_more_than_there_will_ever_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (keys, table) = (path("keys"), path("table.csv"));
    let import = |out: &str, balance: &str| {
        fs::write(&table, format!("account,balance\nh1,{balance}\n")).unwrap();
        etm(&[
            "import",
            "--from-csv",
            &table,
            "--labels",
            "keys",
            "--preset",
            "devnet",
            "--out",
            &path(out),
            "--node-keys",
            &keys,
        ])
    };
    // With the 210 of each of four founding miners' owners.
    let all = import("all.json", "234999160").unwrap();
    assert!(!all.contains("the mechanism names"), "{all}");
    let more = import("more.json", "234999160.00000001").unwrap();
    assert!(
        more.contains("note: balances and positions are 235000000.00000001 ETM in all")
            && more.contains("there will be 500000000.00000001 ETM, not 500000000 ETM"),
        "{more}"
    );
    assert!(import("most.json", "499999160").is_ok());
    let refused = import("beyond.json", "499999160.00000001").unwrap_err();
    assert!(
        refused.contains("more than the 500000000 ETM that there will ever be"),
        "{refused}"
    );
    assert!(!Path::new(&path("beyond.json")).exists());
    // A table is no genesis, however long it is.
    let many: String = (2..150_000).map(|row| format!("\nh{row},0")).collect();
    assert!(many.len() > 1 << 20);
    let long = import("long.json", &format!("1{many}")).unwrap();
    assert!(long.contains("long.json"), "{long}");
    let nothing = import("nothing.json", "0").unwrap_err();
    assert!(nothing.contains("no account has a balance"), "{nothing}");
    assert!(!Path::new(&path("nothing.json")).exists());
}

#[test]
fn an_import_needs_one_source_and_says_what_becomes_of_labels() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (out, keys, table) = (path("genesis.json"), path("keys"), path("table.csv"));
    fs::write(&table, "account,balance\nh1,12.5\nh2,0\n").unwrap();
    let import = |more: &[&str]| {
        let line = [
            "import",
            "--out",
            &out,
            "--node-keys",
            &keys,
            "--preset",
            "devnet",
        ];
        etm(&line.iter().chain(more).copied().collect::<Vec<_>>())
    };
    let none = import(&[]).unwrap_err();
    assert!(
        none.contains("--from-v1") && none.contains("--from-csv"),
        "{none}"
    );
    let both = import(&["--from-v1", &table, "--from-csv", &table]).unwrap_err();
    assert!(both.contains("cannot be used with"), "{both}");
    let labels = import(&["--from-csv", &table]).unwrap_err();
    assert!(
        labels.contains("line 2: ") && labels.contains("unspendable"),
        "{labels}"
    );
    let taken = import(&["--from-csv", &table, "--labels", "keys"]).unwrap();
    assert!(
        taken.contains("1 labels, 12.5 ETM in all") && taken.contains("1 rows with balance 0"),
        "{taken}"
    );
}

#[test]
fn check_says_which_parameter_is_absurd_and_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (out, keys, changed) = (path("genesis.json"), path("keys"), path("changed.json"));
    etm(&["new", "--out", &out, "--node-keys", &keys]).unwrap();
    let text = fs::read_to_string(&out).unwrap();
    for (field, value, reason) in [
        ("committee", "102", "committee must be 1 to 101, not 102"),
        ("committee", "0", "committee must be 1 to 101, not 0"),
        (
            "blocks_per_round",
            "1",
            "blocks_per_round must be 2 to 10000, not 1",
        ),
        (
            "day_seconds",
            "31536001",
            "day_seconds must be 1 to 31536000",
        ),
        ("slot_ms", "9", "slot_ms must be 10 to 600000, not 9"),
        (
            "ready_rounds",
            "18446744073709551615",
            "ready_rounds must be 2 to 1000, not 18446744073709551615",
        ),
        (
            "max_block_transactions",
            "4097",
            "max_block_transactions must be 1 to 4096",
        ),
        ("max_block_bytes", "2000", "max_block_bytes must be"),
        ("fee", "\"0\"", "fee must be at least 1 unit, not 0"),
        (
            "deposit",
            "\"9000000000000000000\"",
            "deposit must be 26500084000000000 units at most, which is all there will ever be",
        ),
        ("min_lock", "\"0\"", "min_lock must be 1 to"),
    ] {
        let mut genesis: serde_json::Value = serde_json::from_str(&text).unwrap();
        genesis["parameters"][field] = serde_json::from_str(value).unwrap();
        fs::write(&changed, genesis.to_string()).unwrap();
        let refusal = etm(&["check", &changed]).unwrap_err();
        let right = format!("{changed}: parameters: {reason}");
        assert!(refusal.starts_with(&right), "{field}: {refusal}");
    }
    let mut genesis: serde_json::Value = serde_json::from_str(&text).unwrap();
    genesis["accounts"][0]["balance"] = "9200000000000000000".into();
    fs::write(&changed, genesis.to_string()).unwrap();
    let refusal = etm(&["check", &changed]).unwrap_err();
    assert!(
        refusal.contains("may be 9223372036854775807 units at most, they are 92"),
        "{refusal}"
    );
}
