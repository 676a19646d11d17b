use super::*;
use etm_execution::ChainParams;
use etm_types::Beacon;

fn genesis() -> Draft {
    Draft::new(
        "terms",
        ChainParams::mainnet(),
        1_790_000_000_000,
        Beacon([1; 32]),
    )
}

fn kept(table: &toml::Table) -> std::result::Result<Terms, toml::de::Error> {
    toml::from_str(&toml::to_string(table).unwrap())
}

#[test]
fn each_term_is_kept_by_its_name_and_compared_by_itself() {
    let own = Terms::of(&genesis());
    let table: toml::Table = toml::from_str(&toml::to_string(&own).unwrap()).unwrap();
    assert_eq!(kept(&table).unwrap(), own);
    for (place, (name, ..)) in ROWS.into_iter().enumerate() {
        let mut lied = table.clone();
        let value = match &table[name] {
            toml::Value::Integer(number) => (number + 1).into(),
            text => format!("{text}-2").into(),
        };
        lied.insert(name.to_owned(), value);
        let lied = kept(&lied).unwrap();
        let different: Vec<usize> = (0..ROWS.len())
            .filter(|at| lied.0[*at] != own.0[*at])
            .collect();
        assert_eq!(different, [place], "{name}");
    }
}

#[test]
fn a_file_that_lacks_a_term_or_has_one_too_many_is_refused() {
    let own = Terms::of(&genesis());
    let table: toml::Table = toml::from_str(&toml::to_string(&own).unwrap()).unwrap();
    for (name, ..) in ROWS {
        let mut lacking = table.clone();
        lacking.remove(name);
        let refused = kept(&lacking).unwrap_err().to_string();
        assert!(refused.contains(&format!("{name} is missing")), "{refused}");
    }
    let mut more = table;
    more.insert("unlock_delay".to_owned(), 1.into());
    let refused = kept(&more).unwrap_err().to_string();
    assert!(
        refused.contains("unlock_delay is no parameter"),
        "{refused}"
    );
}

#[test]
fn a_height_there_was_no_time_for_is_none() {
    let begin = 1_790_000_000_000;
    let chain = |devnet| ChainRef {
        id: etm_types::api::Hash([0; 32]),
        name: "terms".to_owned(),
        devnet,
        genesis_timestamp_ms: begin,
    };
    let tip = |height, timestamp_ms| Tip {
        height,
        timestamp_ms,
        hash: etm_types::api::Hash([0; 32]),
        round: 0,
        slot: 0,
        producer: None,
    };
    let now = begin + 3_000_000;
    for (devnet, height, timestamp_ms, possible) in [
        (false, 1_000, now, true),
        (false, 1_200, now, true),
        (false, 1_201, now, false),
        (false, 9_000_000_000, u64::MAX, false),
        // A devnet has travelled.
        (true, 2_000, now + 3_000_000, true),
        (true, 9_000_000_000, now, false),
    ] {
        let answer = is_possible(&chain(devnet), 3_000, &tip(height, timestamp_ms), now);
        assert_eq!(answer.is_ok(), possible, "{height} {devnet}");
    }
}

/// What an older wallet kept is asked for anew, and what is no file of terms is refused.
#[test]
fn terms_that_are_kept_without_one_are_as_good_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(Some(folder.path().to_owned())).unwrap();
    let chain = ChainId([7; 32]);
    assert_eq!(Terms::read(&held, chain), Ok(None));
    let own = Terms::of(&genesis());
    own.write(&held, chain).unwrap();
    assert_eq!(Terms::read(&held, chain), Ok(Some(own)));
    let path = held.path(&format!("{chain}.terms")).unwrap();
    let kept = std::fs::read_to_string(&path).unwrap();
    let text = whole(&kept, chain).unwrap();
    let write = |text: &str| std::fs::write(&path, sealed(text, chain)).unwrap();
    let older: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("genesis_supply"))
        .collect();
    write(&format!("{}\n", older.join("\n")));
    assert_eq!(Terms::read(&held, chain), Ok(None));
    write(&format!("{text}unlock_delay = 1\n"));
    assert!(Terms::read(&held, chain).is_err());
}

#[test]
fn a_term_beyond_what_a_file_holds_as_a_number_is_kept() {
    let mut draft = genesis();
    draft
        .accounts
        .insert(etm_types::Address([1; 20]), etm_types::Units(u64::MAX));
    let own = Terms::of(&draft);
    let table: toml::Table = toml::from_str(&toml::to_string(&own).unwrap()).unwrap();
    assert_eq!(kept(&table).unwrap(), own);
}

/// A digit that a disk has changed, or the file of another chain, would accuse an honest node of what it says rightly.
#[test]
fn terms_that_are_not_those_that_were_kept_are_none() {
    let (own, other) = (ChainId([1; 32]), ChainId([2; 32]));
    let text = toml::to_string(&Terms::of(&genesis())).unwrap();
    let kept = sealed(&text, own);
    assert_eq!(whole(&kept, own), Some(text.as_str()));
    assert_eq!(whole(&kept, other), None);
    assert_eq!(whole(&text, own), None);
    for place in 0..kept.trim_end().len() {
        let mut changed = kept.clone().into_bytes();
        changed[place] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(whole(&changed, own), None, "byte {place}");
    }
}

/// Where a devnet was, a chain of value is not taken on the node's word.
#[test]
fn a_node_of_a_devnet_is_none_of_another_chain_until_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = crate::verify::pins::PinsFile::new(Some(folder.path().join("pins.toml")));
    let (node, chain) = ("http://127.0.0.1:8080", ChainId([7; 32]));
    let named = ChainRef {
        id: Hash(chain.0).into(),
        name: "etm-main".to_owned(),
        devnet: false,
        genesis_timestamp_ms: 0,
    };
    let judged = || no_devnet_before(&file.read().unwrap(), node, &named);
    assert_eq!(judged(), Ok(()));
    file.remember_devnet(node).unwrap();
    let refused = judged().unwrap_err();
    assert_eq!(refused.code, "wrong_chain");
    assert!(refused.to_string().contains("--chain 0707"), "{refused}");
    // Whoever only looks at it means nothing by that.
    file.remember(node, chain).unwrap();
    assert!(judged().is_err());
    // A signature with --chain holds the node to that one.
    file.forget_devnet(node).unwrap();
    assert_eq!(judged(), Ok(()));
}
