use super::*;

fn record() -> Record {
    Record {
        chain: ChainId([7; 32]),
        node: Some(NodeKey([8; 32])),
        blocks: Kept::All,
    }
}

#[test]
fn a_folder_is_continued_only_as_what_it_is() {
    let home = tempfile::tempdir().unwrap();
    let chain = home.path().join("chain");
    assert_eq!(read(&chain).unwrap(), None);
    check(&chain, &record()).unwrap();
    assert_eq!(read(&chain).unwrap(), Some(record()));
    check(&chain, &record()).unwrap();
    let before = fs::read(path(&chain)).unwrap();

    let other_chain = Record {
        chain: ChainId([9; 32]),
        ..record()
    };
    let other_node = Record {
        node: Some(NodeKey([9; 32])),
        ..record()
    };
    let other_blocks = Record {
        blocks: Kept::Newest,
        ..record()
    };
    for (wanted, says) in [
        (other_chain, "holds the chain 0707"),
        (other_node, "belongs to the node 0808"),
        (
            other_blocks,
            "was made to keep all blocks and can't be changed to keep only the newest ones",
        ),
    ] {
        let error = check(&chain, &wanted).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(fs::read(path(&chain)).unwrap(), before);
    }
}

#[test]
fn a_follower_becomes_a_miner_in_its_folder_and_back_but_no_other() {
    let home = tempfile::tempdir().unwrap();
    let chain = home.path().join("chain");
    let follower = Record {
        node: None,
        ..record()
    };
    check(&chain, &follower).unwrap();
    assert_eq!(read(&chain).unwrap(), Some(follower.clone()));
    check(&chain, &record()).unwrap();
    assert_eq!(read(&chain).unwrap(), Some(record()));
    // What it remembers of its votes stays that node's.
    check(&chain, &follower).unwrap();
    assert_eq!(read(&chain).unwrap(), Some(record()));
    let other = Record {
        node: Some(NodeKey([9; 32])),
        ..record()
    };
    assert!(matches!(
        check(&chain, &other),
        Err(RecordError::OtherNode(..))
    ));
}

#[test]
fn older_newer_and_damaged_records_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let chain = home.path().join("chain");
    fs::create_dir_all(chain.join("node-state-log_data")).unwrap();
    let error = check(&chain, &record()).unwrap_err();
    assert!(matches!(error, RecordError::Older(_)), "{error}");
    assert!(!path(&chain).exists());

    let good = format!("{FORMAT}{VERSION}\nchain {}\n", ChainId([7; 32]));
    for (text, wanted) in [
        ("etm-chain/v9\nwhatever\n", "a newer etm is needed"),
        ("", "is damaged"),
        ("etm-chain/v", "is damaged"),
        ("etm-chain/v1\nchain 07\n", "an older version of etm"),
        ("etm-chain/v2\nchain 07\n", "is damaged"),
        (good.as_str(), "is damaged"),
        ("\0\0\0", "is damaged"),
    ] {
        fs::write(path(&chain), text).unwrap();
        let error = check(&chain, &record()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
    fs::write(path(&chain), [0xff, 0xfe]).unwrap();
    assert!(check(&chain, &record()).is_err());
}
