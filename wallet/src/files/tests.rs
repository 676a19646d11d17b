use super::*;

#[test]
fn no_file_is_read_beyond_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "\u{feff}abc").unwrap();
    assert_eq!(read_text(&path, 6), Ok("abc".to_owned()));
    assert_eq!(read(&path, 6).map(|bytes| bytes.len()), Ok(6));
    assert_eq!(read_text(&path, 5), Err("longer than 5 bytes".to_owned()));
    assert!(read(&path, 5).is_err());
    assert!(read(folder.path(), 5).is_err());
}

#[test]
fn a_device_that_never_ends_is_no_text() {
    for device in ["/dev/zero", "/dev/urandom"] {
        let refused = read_genesis(Path::new(device));
        assert_eq!(refused, Err("not UTF-8 text".to_owned()), "{device}");
    }
    let refused = read(Path::new("/dev/zero"), 1 << 21);
    assert_eq!(refused, Err("longer than 2097152 bytes".to_owned()));
}

#[test]
fn a_long_text_that_is_no_genesis_is_read_no_further_than_its_first_mebibyte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("genesis.json");
    let other = "[1],".repeat(1 << 18);
    // Beyond the first part it would be found to be no text.
    std::fs::write(&path, format!("{other}\0")).unwrap();
    let refused = read_genesis(&path).unwrap_err();
    assert!(refused.contains("no genesis file"), "{refused}");
    let head = "{\"format\": \"etm-genesis/1\", ";
    std::fs::write(&path, format!("{head}{other}")).unwrap();
    assert_eq!(read_genesis(&path).unwrap().len(), head.len() + other.len());
    // What is wrong with a short one the reader of genesis files says.
    std::fs::write(&path, "{}").unwrap();
    assert_eq!(read_genesis(&path).unwrap(), "{}");
}

/// `No such file or directory` is no reason to whoever wanted one made.
#[test]
fn what_cannot_be_made_is_told_with_the_folder_that_takes_it_not() {
    let folder = tempfile::tempdir().unwrap();
    let full = std::io::Error::from(ErrorKind::StorageFull);
    let here = folder.path().display();
    assert_eq!(
        not_made(&folder.path().join("none/file"), &full),
        format!("the disk with {here} is full")
    );
    for (path, told) in [
        (
            folder.path().join("none/file"),
            format!("there is no folder {here}/none"),
        ),
        ("/proc/file".into(), "/proc takes no files".to_owned()),
    ] {
        let failure = write(&path, b"", false).unwrap_err().message;
        let name = path.display();
        let expected = format!("{name} cannot be written, nothing was changed: {told}");
        assert_eq!(failure, expected);
    }
}
