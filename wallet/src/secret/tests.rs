use super::*;
use std::io::Write;

fn from_bytes(bytes: &[u8]) -> Result<SecretText> {
    read_bounded(bytes, "passphrase", Until::End)
}

#[test]
fn one_line_break_is_not_part_of_the_secret() {
    for (bytes, secret) in [
        ("open sesame", "open sesame"),
        ("open sesame\n", "open sesame"),
        ("open sesame\r\n", "open sesame"),
        ("open sesame\n\n", "open sesame\n"),
        (" spaces count ", " spaces count "),
    ] {
        let read = from_bytes(bytes.as_bytes());
        assert_eq!(
            read.map(|secret| secret.expose().to_owned()),
            Ok(secret.to_owned())
        );
    }
}

#[test]
fn refuses_what_is_no_secret() {
    for bytes in [&b""[..], b"\n", b"\xff\xfe", &[b'a'; MAX_SECRET_BYTES + 1]] {
        let failure = from_bytes(bytes).err().map(|failure| failure.code);
        assert_eq!(failure.as_deref(), Some("secret_unreadable"));
    }
    assert!(from_bytes(&[b'a'; MAX_SECRET_BYTES]).is_ok());
}

#[test]
fn reads_files_and_says_which_is_missing() -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(b"from a file\n")?;
    let source = Source::from_options(Some(file.path()), None);
    let read = source.read("passphrase", "--passphrase-file", &Output::new(true, true));
    assert_eq!(
        read.map(|secret| secret.expose().to_owned()),
        Ok("from a file".to_owned())
    );

    let missing = Source::File("/nonexistent/secret".into()).read(
        "passphrase",
        "--passphrase-file",
        &Output::new(true, true),
    );
    let message = missing
        .err()
        .map(|failure| failure.message)
        .unwrap_or_default();
    assert!(message.contains("/nonexistent/secret"), "{message}");
    Ok(())
}

#[test]
fn a_secret_never_shows_itself() {
    let secret = SecretText::new("correct horse battery staple".into());
    assert_eq!(format!("{secret:?}"), "SecretText(hidden)");
    assert_eq!(format!("{:?}", Seed::new([7; 32])), "Seed(hidden)");
}
