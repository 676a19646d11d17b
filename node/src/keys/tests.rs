use super::*;

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
fn malformed_files_are_refused_by_name_of_what_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    for (index, text) in [
        "",
        "etm-node-keys/v2\n",
        "etm-node-keys/v1\nnode 00\n",
        &format!(
            "etm-node-keys/v1\nnode {}\nbls {}\n",
            "01".repeat(32),
            "ff".repeat(32)
        ),
        &format!(
            "etm-node-keys/v1\nnode {}\nbls é{}\n",
            "01".repeat(32),
            "0".repeat(62)
        ),
    ]
    .iter()
    .enumerate()
    {
        let path = directory.path().join(index.to_string());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(load(&path), Err(KeyFileError::Malformed { .. })));
    }
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
