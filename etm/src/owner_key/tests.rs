use super::owner;
use etm_wallet::output::Output;
use std::{fs, os::unix::fs::PermissionsExt};

#[test]
fn the_key_is_made_once_and_only_its_owner_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        owner(folder.path(), &Output::new(true, true)).unwrap(),
        owner(folder.path(), &Output::new(true, true)).unwrap()
    );
    let mode = fs::metadata(folder.path().join("owner.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_byte_order_mark_before_the_key_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let made = owner(folder.path(), &Output::new(true, true)).unwrap();
    let file = folder.path().join("owner.key");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("\u{feff}{text}\n")).unwrap();
    assert_eq!(
        owner(folder.path(), &Output::new(true, true)).unwrap(),
        made
    );
}

#[test]
fn a_damaged_key_is_an_error_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("owner.key");
    fs::write(&file, "abc").unwrap();
    let error = owner(folder.path(), &Output::new(true, true)).unwrap_err();
    assert!(matches!(error, super::Failure::Input(_)));
    assert!(
        error.to_string().contains("64 lower-case hex digits"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "abc");
}
