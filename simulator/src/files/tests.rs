use super::*;

#[test]
fn text_is_read_up_to_a_size_and_bad_bytes_have_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("text");
    let read = |bytes: &[u8], most| {
        std::fs::write(&path, bytes).expect("written");
        read_text(&path, most)
    };
    assert_eq!(read(b"abc", 3), Ok("abc".into()));
    assert_eq!(read(&[b'a'; 4], 3), Err("larger than 0 MiB".into()));
    assert_eq!(
        read(b"a\nb\nc\xff", 100),
        Err("line 3: not UTF-8 text".into())
    );
    assert!(read_text(&folder.path().join("none"), 3).is_err());
    assert!(read_text(folder.path(), 3).is_err());
}

#[test]
fn sizes_are_readable() {
    assert_eq!(size(4 << 30), "4 GiB");
    assert_eq!(size(1 << 20), "1 MiB");
}
