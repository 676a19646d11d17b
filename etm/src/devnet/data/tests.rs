use super::*;
use clap::{Args as _, FromArgMatches as _};
use std::collections::BTreeMap;

fn options(folder: &Path, arguments: &[&str]) -> Options {
    let command = Options::augment_args(clap::Command::new("devnet").no_binary_name(true));
    let data = ["--data", folder.to_str().unwrap()];
    let matches = command
        .try_get_matches_from(data.iter().chain(arguments))
        .unwrap();
    Options::from_arg_matches(&matches).unwrap()
}

/// The files of a folder, with what they hold.
fn picture(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(picture(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let before = picture(folder);
    let failure = Data::open(&options(folder, arguments)).err().unwrap();
    assert!(matches!(failure, Failure::Input(_)), "{failure}");
    assert_eq!(picture(folder), before, "nothing was changed");
    failure.to_string()
}

const SMALL: [&str; 4] = ["--miners", "4", "--committee", "3"];

#[test]
fn options_that_contradict_the_chain_are_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    drop(Data::open(&options(home.path(), &SMALL)).unwrap());
    let data = Data::open(&options(home.path(), &[])).unwrap();
    assert!(data.continued, "without options it continues");
    drop(data);
    let same = [
        &SMALL[..],
        &["--round", "20", "--slot", "500ms", "--day", "1m"],
    ]
    .concat();
    drop(Data::open(&options(home.path(), &same)).unwrap());
    for (option, other, held) in [
        ("--miners", "9", "has 4"),
        ("--committee", "4", "has 3"),
        ("--round", "10", "has 20"),
        ("--slot", "2s", "has 500ms"),
        ("--day", "1h", "has 60s"),
    ] {
        let refusal = refusal(home.path(), &[option, other]);
        assert!(
            refusal.contains(option) && refusal.contains(held),
            "{refusal}"
        );
    }
    // What a node's folder was made to keep stands in its record.
    let data = Data::open(&options(home.path(), &[])).unwrap();
    let chain = data.genesis.chain().id;
    drop(data);
    for (blocks, arguments, right) in [
        (Kept::All, &["--keep", "5000"][..], "leave --keep away"),
        (Kept::Newest, &[], "name a number with --keep"),
    ] {
        let node = node_folder(home.path(), 0).join(home::CHAIN);
        let _ = fs::remove_file(etm_node::record::path(&node));
        let record = etm_node::record::Record {
            chain,
            node: None,
            blocks,
        };
        etm_node::record::check(&node, &record).unwrap();
        let refusal = refusal(home.path(), arguments);
        assert!(refusal.contains(right), "{refusal}");
        fs::remove_file(etm_node::record::path(&node)).unwrap();
    }
    let other = tempfile::tempdir().unwrap();
    drop(Data::open(&options(other.path(), &SMALL)).unwrap());
    let genesis = other.path().join("genesis.json");
    let refusal = refusal(home.path(), &["--genesis", genesis.to_str().unwrap()]);
    assert!(refusal.contains("--genesis"), "{refusal}");
}

#[test]
fn a_new_chain_takes_the_place_of_the_old_only_when_asked() {
    let home = tempfile::tempdir().unwrap();
    let first = Data::open(&options(home.path(), &SMALL)).unwrap();
    let chain = first.genesis.chain().id;
    drop(first);
    let fresh = [&SMALL[..], &["--fresh"]].concat();
    let second = Data::open(&options(home.path(), &fresh)).unwrap();
    assert!(!second.continued);
    assert_ne!(second.genesis.chain().id, chain);
    // One at a time, and a start that is refused touches nothing.
    let refused = Data::open(&options(home.path(), &fresh)).err().unwrap();
    assert!(
        refused.to_string().contains("runs in this folder already"),
        "{refused}"
    );
    let kept = second.genesis.chain().id;
    drop(second);
    let again = Data::open(&options(home.path(), &[])).unwrap();
    assert_eq!(again.genesis.chain().id, kept);
}

#[test]
fn a_lost_key_of_a_node_with_a_chain_is_missed() {
    let home = tempfile::tempdir().unwrap();
    drop(Data::open(&options(home.path(), &SMALL)).unwrap());
    let node = home.path().join("node-1");
    fs::create_dir(node.join("chain")).unwrap();
    fs::write(node.join("chain.about"), "").unwrap();
    fs::remove_file(node.join(KEY_FILE)).unwrap();
    let failure = Data::open(&options(home.path(), &[])).err().unwrap();
    assert!(
        failure.to_string().contains("node-1/node.key is missing"),
        "{failure}"
    );
    assert!(!node.join(KEY_FILE).exists());
}

#[test]
fn a_chain_whose_genesis_is_lost_is_neither_continued_nor_mixed_with_another() {
    let home = tempfile::tempdir().unwrap();
    let begun = Data::open(&options(home.path(), &SMALL)).unwrap();
    let chain = begun.genesis.chain().id;
    let node = begun.node(&begun.sites[1]);
    drop(begun);
    let record = etm_node::record::Record {
        chain,
        node: None,
        blocks: Kept::All,
    };
    fs::create_dir(node.join("chain")).unwrap();
    etm_node::record::check(&node.join("chain"), &record).unwrap();
    let (file, copies) = (
        home.path().join("genesis.json"),
        tempfile::tempdir().unwrap(),
    );
    let copy = copies.path().join("copy.json");
    fs::rename(&file, &copy).unwrap();
    let message = refusal(home.path(), &SMALL);
    assert!(
        message.contains(&chain.to_string()) && message.contains("put the file back"),
        "{message}"
    );
    // Another genesis is none of this chain.
    drop(Data::open(&options(&copies.path().join("net"), &SMALL)).unwrap());
    let other = copies.path().join("net/genesis.json");
    let message = refusal(home.path(), &["--genesis", other.to_str().unwrap()]);
    assert!(message.contains("holds a chain"), "{message}");
    // Its own continues it.
    let back = Data::open(&options(
        home.path(),
        &["--genesis", copy.to_str().unwrap()],
    ));
    assert_eq!(back.unwrap().genesis.chain().id, chain);
    assert!(file.exists());
}

#[test]
fn a_start_that_fails_leaves_the_folder_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("net");
    Data::open(&options(&folder, &SMALL)).unwrap().give_up();
    assert!(!folder.exists());
    // What was there before stays.
    let begun = Data::open(&options(&folder, &SMALL)).unwrap();
    drop(begun);
    let file = folder.join("genesis.json");
    fs::remove_file(&file).unwrap();
    let before = picture(&folder);
    Data::open(&options(&folder, &SMALL)).unwrap().give_up();
    assert_eq!(picture(&folder), before);
}

#[test]
fn what_is_no_devnets_is_neither_begun_nor_continued() {
    let home = tempfile::tempdir().unwrap();
    let notes = home.path().join("notes.txt");
    fs::write(&notes, "mine").unwrap();
    let message = refusal(home.path(), &SMALL);
    assert!(
        message.contains("notes.txt was not made by one"),
        "{message}"
    );
    fs::remove_file(&notes).unwrap();
    drop(Data::open(&options(home.path(), &SMALL)).unwrap());
    // Beside a chain that is there already it is in nobody's way, but for --fresh.
    fs::write(&notes, "mine").unwrap();
    assert!(Data::open(&options(home.path(), &[])).unwrap().continued);
    let message = refusal(home.path(), &["--fresh"]);
    assert!(
        message.contains("notes.txt was not made by one"),
        "{message}"
    );
    // A chain that is no devnet's.
    let file = home.path().join(GENESIS);
    let text = fs::read_to_string(&file).unwrap();
    let other = text.replace("\"devnet\": true", "\"devnet\": false");
    assert_ne!(text, other);
    fs::write(&file, other).unwrap();
    let message = refusal(home.path(), &[]);
    assert!(message.contains("is not of a devnet"), "{message}");
}

#[test]
fn a_start_that_fails_leaves_no_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("net");
    let options = options(&folder, &["--genesis", "/nowhere/genesis.json"]);
    assert!(Data::open(&options).is_err());
    assert!(!folder.exists());
}

/// What a full disk leaves of a genesis would be a stranger's at the next start.
#[test]
fn a_file_that_can_not_be_written_leaves_no_half_of_it() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("genesis.json");
    fs::create_dir(&file).unwrap();
    assert!(write_whole(&file, "{}").is_err());
    assert!(!home.path().join("genesis.new").exists());
    fs::remove_dir(&file).unwrap();
    write_whole(&file, "{}").unwrap();
    assert_eq!(
        picture(home.path()),
        BTreeMap::from([(file, b"{}".to_vec())])
    );
}
