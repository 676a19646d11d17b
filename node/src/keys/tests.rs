use super::*;
use etm_types::SecretKey;

#[test]
fn keys_survive_their_file_and_stay_private() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a").join("keys");
    let secrets = load_or_create(&path).unwrap();
    let again = load_or_create(&path).unwrap();
    assert_eq!(secrets.node.node_key(), again.node.node_key());
    assert_eq!(secrets.bls.public_key(), again.bls.public_key());
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(save(&path, &secrets).is_err(), "an existing file is kept");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(load(&path), Err(KeyFileError::Open { .. })));
}

#[test]
fn a_malformed_file_is_refused_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    fs::write(&path, "etm-node-keys/v1\nnode 00\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(
        error.contains("keys: the second line must be `node`"),
        "{error}"
    );
}

#[test]
fn a_registration_proves_possession_for_its_owner_only() {
    let secrets = MinerSecrets::from_seed([1; 32]);
    let owner = Address::of(&SecretKey::from_seed([2; 32]).public_key());
    let other = Address::of(&SecretKey::from_seed([3; 32]).public_key());
    let keys = registration(&secrets, &owner);
    assert!(keys.verify(&owner).is_ok());
    assert!(keys.verify(&other).is_err());
}

#[test]
fn keys_that_a_chain_needs_are_not_replaced_by_others() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("node.key");
    load_or_create(&path).unwrap();
    fs::create_dir(home.path().join("chain")).unwrap();
    load_or_create(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let error = load_or_create(&path).unwrap_err().to_string();
    assert!(error.contains("put that file back"), "{error}");
    assert!(!path.exists());
    // The record alone says it too.
    fs::remove_dir(home.path().join("chain")).unwrap();
    fs::write(home.path().join("chain.about"), "").unwrap();
    assert!(matches!(
        load_or_create(&path),
        Err(KeyFileError::Lost { .. })
    ));
    fs::remove_file(home.path().join("chain.about")).unwrap();
    load_or_create(&path).unwrap();
}
