use super::*;
use std::fs;

fn passphrase(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn nobody() -> Result<SecretText> {
    panic!("no passphrase is needed")
}

#[test]
fn node_keys_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.key");
    let made = write_new(&path, None).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let read = PublicKeys::of(&secrets(&text, "x", nobody).unwrap());
    let marked = format!("\u{feff}{text}");
    let marked = PublicKeys::of(&secrets(&marked, "x", nobody).unwrap());
    assert_eq!(marked.node_key, read.node_key);
    assert_eq!((read.node_key, read.bls_key), (made.node_key, made.bls_key));
    assert_eq!(write_new(&path, None).unwrap_err().code, "file_exists");
}

#[test]
fn encrypted_keys_open_with_their_passphrase_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.key");
    let made = write_new(&path, Some(&passphrase("correct horse"))).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("etm-node-keys/v1"));
    let public = PublicKeys::read(&text, "x").unwrap();
    assert_eq!(public.node_key, made.node_key);
    assert_eq!(
        PublicKeys::read(&format!("\u{feff}{text}"), "x"),
        Ok(public.clone())
    );
    let open = |text: &str, word: &str| secrets(text, "x", || Ok(passphrase(word)));
    assert_eq!(
        PublicKeys::of(&open(&text, "correct horse").unwrap()),
        public
    );
    let closed = "wrong_passphrase_or_damaged_file";
    assert_eq!(open(&text, "correct mule").unwrap_err().code, closed);
    // Public keys that are not those of the secret ones.
    let other = MinerSecrets::random().node.node_key().to_string();
    let swapped = text.replace(&public.node_key, &other);
    assert_eq!(open(&swapped, "correct horse").unwrap_err().code, closed);
    let failure = secrets(&text, "x", || Err(Failure::usage("no_terminal", "nobody"))).unwrap_err();
    assert_eq!(failure.code, "no_terminal");
}

#[test]
fn what_is_no_file_of_node_keys_is_not_repeated() {
    for text in [
        "",
        "s3cr3t",
        "{\"s3cr3t\": 1}",
        "{\"format\": \"s3cr3t\"",
        &"z".repeat(64),
    ] {
        for failure in [
            secrets(text, "x", nobody).unwrap_err(),
            PublicKeys::read(text, "x").unwrap_err(),
        ] {
            assert_eq!(failure.code, "invalid_node_keys");
            let shown = failure.to_string();
            assert!(
                !shown.contains("s3cr3t") && !shown.contains("zz"),
                "{shown}"
            );
        }
    }
}
