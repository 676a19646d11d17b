use std::fs;

use super::{FORMAT, FormatError, check};

#[test]
fn an_empty_folder_gets_a_record_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path()).unwrap();
    fs::create_dir(folder.path().join("node-blocks-key")).unwrap();
    check(folder.path()).unwrap();
}

#[test]
fn other_formats_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("node-blocks-key")).unwrap();
    let unversioned = check(folder.path()).unwrap_err();
    assert!(matches!(unversioned, FormatError::Older(_, 1)));
    assert!(unversioned.to_string().contains("fetches the chain"));

    let record = folder.path().join("etm.format");
    let write = |text: &str| fs::write(&record, text).unwrap();
    write(&format!("etm data format {}\n", FORMAT + 1));
    let newer = check(folder.path());
    assert!(matches!(newer, Err(FormatError::Newer(_, version)) if version == FORMAT + 1));
    write("etm data format 0\n");
    assert!(matches!(
        check(folder.path()),
        Err(FormatError::Older(_, 0))
    ));
    for nonsense in [
        "",
        "2",
        "etm data format",
        "etm data format two",
        "etm data format -1",
    ] {
        write(nonsense);
        let refused = check(folder.path());
        assert!(matches!(refused, Err(FormatError::Record(_))), "{nonsense}");
    }
    write(&format!("etm data format {FORMAT}\n"));
    check(folder.path()).unwrap();
}
