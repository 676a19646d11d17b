use super::{is_open_to_others, open};
use std::{
    fs,
    io::{Read as _, Write as _},
    os::{fd::AsRawFd as _, unix::fs::PermissionsExt as _},
    process::Command,
};

fn refused(path: &std::path::Path) -> String {
    open(path).unwrap_err().to_string()
}

#[test]
fn what_is_no_file_is_called_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(refused(folder.path()), "it is a folder, not a file");
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    // Nobody ever writes into it: this would wait for ever.
    assert!(refused(&pipe).starts_with("it is a named pipe"));
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&pipe, &link).unwrap();
    assert!(refused(&link).starts_with("it is a named pipe"));
    let socket = folder.path().join("socket");
    let _listens = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert_eq!(refused(&socket), "it is a socket, not a file");
    assert!(refused(&folder.path().join("none")).starts_with("No such file"));
}

#[test]
fn a_pipe_that_was_handed_over_is_read() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"told").unwrap();
    drop(writer);
    let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
    let mut file = open(path.as_ref()).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "told");
    assert!(!is_open_to_others(&file));
}

#[test]
fn a_mode_says_who_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs::write(&path, "").unwrap();
    for (mode, others) in [
        (0o600, false),
        (0o400, false),
        (0o640, true),
        (0o604, true),
        (0o777, true),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(is_open_to_others(&open(&path).unwrap()), others, "{mode:o}");
    }
}
