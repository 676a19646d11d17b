use super::*;
use crate::failure::Exit;
use std::{fmt::Debug, sync::LazyLock};

static SILENT: LazyLock<Output> = LazyLock::new(|| Output::new(true, true));

const WORDS: &str = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote";

struct Folder {
    _temporary: tempfile::TempDir,
    keystore: Keystore,
}

fn folder() -> Folder {
    let temporary = tempfile::tempdir().unwrap();
    let keystore = Keystore::with_work_factor(temporary.path().join("keys"), 2);
    Folder {
        _temporary: temporary,
        keystore,
    }
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn record(kind: Kind, text: &str) -> Record {
    Record::new(kind, 0, secret(text)).unwrap()
}

fn code<T: Debug>(result: Result<T>) -> (Exit, String) {
    let failure = result.unwrap_err();
    (failure.exit, failure.code)
}

#[test]
fn keys_come_back_as_they_were_put_in() {
    let Folder {
        keystore,
        _temporary,
    } = folder();
    let passphrase = secret("a long passphrase");
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let kinds = [
        ("words", Kind::Words, WORDS),
        ("old", Kind::V1Secret, "an old\nsecret of two lines\n"),
        ("raw", Kind::Seed, seed),
    ];
    for (name, kind, text) in kinds {
        let made = keystore
            .add(name, &record(kind, text), &passphrase)
            .unwrap();
        assert_eq!(keystore.info(name), Ok(made.clone()));
        let unlocked = keystore.unlock(name, &passphrase, &SILENT).unwrap();
        assert_eq!(unlocked.info, made);
        assert_eq!(unlocked.record.secret.expose(), text);
        assert_eq!(unlocked.key.public_key().to_string(), made.public_key);
        assert_eq!(made.path.is_some(), kind == Kind::Words);
    }
    let names: Vec<String> = keystore
        .list()
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["old", "raw", "words"]);
    assert!(keystore.delete("old").is_ok());
    assert_eq!(
        code(keystore.info("old")),
        (Exit::Usage, "unknown_key".into())
    );
}

#[test]
#[cfg(unix)]
fn only_the_owner_can_read_a_key() {
    use std::os::unix::fs::PermissionsExt;
    let Folder {
        keystore,
        _temporary,
    } = folder();
    let made = keystore
        .add(
            "k",
            &record(Kind::Words, WORDS),
            &secret("a long passphrase"),
        )
        .unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&made.file), 0o600);
    assert_eq!(mode(keystore.folder()), 0o700);
    let text = fs::read_to_string(&made.file).unwrap();
    assert!(!text.contains("zoo") && text.contains("BEGIN AGE ENCRYPTED FILE"));
}

#[test]
fn a_wrong_passphrase_and_a_damaged_file_look_alike() {
    let Folder {
        keystore,
        _temporary,
    } = folder();
    let passphrase = secret("a long passphrase");
    let made = keystore
        .add("k", &record(Kind::Words, WORDS), &passphrase)
        .unwrap();
    let closed = (Exit::Failed, "wrong_passphrase_or_damaged_file".to_owned());
    let wrong = keystore
        .unlock("k", &secret("another passphrase"), &SILENT)
        .unwrap_err();
    assert_eq!((wrong.exit, wrong.code.clone()), closed);

    // Each single character of the encrypted part, turned into another one.
    let whole = fs::read_to_string(&made.file).unwrap();
    let begin = whole.find("BEGIN AGE").unwrap();
    let end = whole.find("-----END").unwrap();
    for at in (begin..end).step_by(7) {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        fs::write(&made.file, &bytes).unwrap();
        if let Err(failure) = keystore.unlock("k", &passphrase, &SILENT) {
            let same = failure == wrong || failure.code == "damaged_key_file";
            assert!(same, "{failure:?} at {at}");
        } else {
            // A line break of the armor may be read leniently; the key is then the right one all the same.
            assert_eq!(
                keystore
                    .unlock("k", &passphrase, &SILENT)
                    .unwrap()
                    .info
                    .address,
                made.address
            );
        }
    }
}

#[test]
fn a_public_part_that_is_not_the_secrets_is_refused() {
    let Folder {
        keystore,
        _temporary,
    } = folder();
    let passphrase = secret("a long passphrase");
    let one = keystore
        .add("one", &record(Kind::Words, WORDS), &passphrase)
        .unwrap();
    let two = keystore
        .add("two", &record(Kind::V1Secret, "other"), &passphrase)
        .unwrap();
    let text = fs::read_to_string(&one.file).unwrap();
    let forged = text
        .replace(&one.address, &two.address)
        .replace(&one.public_key, &two.public_key);
    fs::write(&one.file, forged).unwrap();
    assert_eq!(keystore.info("one").unwrap().address, two.address);
    assert_eq!(
        code(keystore.unlock("one", &passphrase, &SILENT)).1,
        "wrong_passphrase_or_damaged_file"
    );
    // An address that is not that of the public key is seen without the passphrase.
    fs::write(&one.file, text.replace(&one.address, &two.address)).unwrap();
    assert_eq!(code(keystore.info("one")).1, "damaged_key_file");
    // A path that is not the secret's.
    fs::write(&one.file, text.replace("1818'/0'", "1818'/5'")).unwrap();
    assert_eq!(
        code(keystore.unlock("one", &passphrase, &SILENT)).1,
        "wrong_passphrase_or_damaged_file"
    );
}

#[test]
fn what_is_no_key_file_is_listed_with_the_reason() {
    let Folder {
        keystore,
        _temporary,
    } = folder();
    keystore
        .add(
            "good",
            &record(Kind::Words, WORDS),
            &secret("a long passphrase"),
        )
        .unwrap();
    let text = fs::read_to_string(keystore.folder().join("good.key")).unwrap();
    let cases: [(&str, Vec<u8>); 6] = [
        ("cut", text.as_bytes()[..text.len() / 2].to_vec()),
        ("empty", Vec::new()),
        ("binary", vec![0xff; 100]),
        ("long", vec![b' '; 70_000]),
        ("later", text.replace("etm-key/1", "etm-key/2").into_bytes()),
        (
            "more",
            text.replace("{\n", "{\n  \"seed\": \"s3cr3t\",\n")
                .into_bytes(),
        ),
    ];
    for (name, bytes) in &cases {
        fs::write(keystore.folder().join(format!("{name}.key")), bytes).unwrap();
        let failure = keystore.info(name).unwrap_err();
        assert_eq!(failure.code, "damaged_key_file", "{name}");
        assert!(!failure.message.contains("s3cr3t"), "{failure}");
    }
    fs::write(keystore.folder().join("notes.txt"), "not a key").unwrap();
    let listed = keystore.list().unwrap();
    assert_eq!(listed.len(), cases.len() + 1);
    assert_eq!(listed.iter().filter(|(_, entry)| entry.is_ok()).count(), 1);
}

#[test]
fn names_are_plain_and_taken_once() {
    let Folder {
        keystore,
        _temporary,
    } = folder();
    let passphrase = secret("a long passphrase");
    let key = record(Kind::Words, WORDS);
    for name in [
        "",
        ".hidden",
        "-x",
        "a/b",
        "../up",
        "a b",
        "é",
        &"n".repeat(65),
    ] {
        assert_eq!(
            code(keystore.add(name, &key, &passphrase)),
            (Exit::Usage, "invalid_key_name".into())
        );
    }
    keystore.add("alice", &key, &passphrase).unwrap();
    let before = fs::read(keystore.folder().join("alice.key")).unwrap();
    assert_eq!(
        code(keystore.add("alice", &key, &passphrase)),
        (Exit::Usage, "file_exists".into())
    );
    assert_eq!(
        fs::read(keystore.folder().join("alice.key")).unwrap(),
        before
    );
    let typo = keystore.info("alcie").unwrap_err().to_string();
    assert!(typo.contains("did you mean \"alice\"?"), "{typo}");
}

/// Some editors put one in front of what they save.
#[test]
fn a_byte_order_mark_before_a_key_is_passed_over() {
    let Folder {
        keystore,
        _temporary,
    } = folder();
    let words = record(Kind::Words, WORDS);
    let made = keystore.add("voter", &words, &secret("pass")).unwrap();
    let path = keystore.path_of("voter");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("\u{feff}{text}")).unwrap();
    assert_eq!(keystore.info("voter"), Ok(made));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_nothing_behind() {
    // Writing to /dev/full always says that the disk is full; a folder that can't hold files stands for one that is.
    let failure = files::write(Path::new("/proc/self/new.key"), b"x", false).unwrap_err();
    assert_eq!(failure.code, "file_not_written");
    let Folder {
        keystore,
        _temporary,
    } = folder();
    keystore
        .add(
            "k",
            &record(Kind::Words, WORDS),
            &secret("a long passphrase"),
        )
        .unwrap();
    let entries = fs::read_dir(keystore.folder()).unwrap().count();
    assert_eq!(entries, 1);
}
