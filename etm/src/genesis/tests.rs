use super::*;
use clap::Parser;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: GenesisCommand,
}

/// Runs a line of a terminal; what it printed, or why it failed.
fn etm(line: &[&str]) -> Result<String, String> {
    let line = ["genesis"].iter().chain(line);
    let cli = Cli::try_parse_from(line).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    run(&cli.command, &mut out).map_err(|failure| failure.to_string())?;
    String::from_utf8(out).map_err(|error| error.to_string())
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
    assert!(made.ends_with(&checked), "{made} {checked}");
    let again = etm(&["new", "--out", &out, "--node-keys", &others]).unwrap_err();
    assert!(
        again.ends_with("never overwritten; choose another --out"),
        "{again}"
    );
    assert!(!Path::new(&others).exists(), "nothing is left behind");
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
