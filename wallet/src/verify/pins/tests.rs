use super::*;

#[test]
fn a_pin_that_is_damaged_is_no_pin_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pins.toml");
    let pins = PinsFile::new(Some(path.clone()));
    let (node, chain) = ("http://127.0.0.1:8080", ChainId([7; 32]));
    assert_eq!(pins.read().unwrap().chain_of(node), None);
    pins.remember(node, chain).unwrap();
    assert_eq!(pins.read().unwrap().chain_of(node), Some(chain));
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, whole.replace("0707", "zz")).unwrap();
    let refused = pins.read().unwrap_err();
    assert_eq!(refused.code, "invalid_chains");
    assert!(
        refused.message.contains("line 2: \"zz") && refused.message.contains("is no chain id"),
        "{}",
        refused.message
    );
    std::fs::write(&path, format!("{whole}\nnodes = 3\n")).unwrap();
    let twice = pins.read().unwrap_err().message;
    assert!(twice.contains("pins.toml: line "), "{twice}");
    std::fs::write(&path, whole.replace("0707", "zz")).unwrap();
    // Deleting it would cost what it is for: that is said, with the way to be sure all the same.
    let hint = refused.hint.unwrap();
    assert!(
        hint.contains("taken on trust") && hint.contains("etm config set chain CHAIN_ID"),
        "{hint}"
    );
    assert!(
        pins.remember(node, chain).is_err(),
        "it is not written over"
    );
}

/// A devnet is made anew, so that no id is held; that it was one is.
#[test]
fn a_devnet_is_remembered_until_something_is_signed_for_another_chain_there() {
    let folder = tempfile::tempdir().unwrap();
    let pins = PinsFile::new(Some(folder.path().join("pins.toml")));
    let (node, other) = ("http://127.0.0.1:8080", "http://127.0.0.1:8081");
    pins.remember(other, ChainId([7; 32])).unwrap();
    pins.remember_devnet(node).unwrap();
    let kept = pins.read().unwrap();
    assert!(kept.had_devnet(node) && !kept.had_devnet(other));
    assert_eq!(kept.chain_of(node), None);
    assert_eq!(kept.chain_of(other), Some(ChainId([7; 32])));
    pins.remember(node, ChainId([8; 32])).unwrap();
    let kept = pins.read().unwrap();
    assert!(kept.had_devnet(node) && kept.chain_of(node).is_some());
    pins.forget_devnet(node).unwrap();
    assert!(!pins.read().unwrap().had_devnet(node));
}
