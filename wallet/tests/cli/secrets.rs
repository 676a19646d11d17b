//! Files that hold secrets, and who else can read them; files that are none.

use crate::support::{err, out, run, wallet};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Stdio};

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// What a command says of files that others can read.
fn warned(told: &str) -> Vec<&str> {
    let warnings = told
        .lines()
        .filter(|line| line.contains("others on this machine"));
    warnings.collect()
}

/// A key file, and the files that it was made from.
#[test]
fn a_secret_that_others_can_read_is_told_of() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let path = |name: &str| home.join(name);
    let words = |name: &str| path(name).to_str().unwrap().to_owned();
    let (pass, seed) = (words("pass"), words("seed"));
    let import = |name: &str, more: &[&str]| {
        let arguments = [
            &[
                "keys",
                "import",
                name,
                "--seed",
                "--secret-file",
                &seed,
                "--passphrase-file",
                &pass,
            ],
            more,
        ];
        run(home, &arguments.concat())
    };
    let secret = ["42".repeat(32), "correct horse battery staple".to_owned()];
    write(&path("seed"), &secret[0], 0o600);
    write(&path("pass"), &secret[1], 0o400);
    let private = import("private", &[]);
    assert_eq!(private.status.code(), Some(0), "{}", err(&private));
    assert_eq!(warned(&err(&private)).len(), 0, "{}", err(&private));

    write(&path("seed"), &secret[0], 0o640);
    fs::set_permissions(path("pass"), fs::Permissions::from_mode(0o644)).unwrap();
    let open = import("open", &[]);
    assert_eq!(open.status.code(), Some(0), "{}", err(&open));
    let told = err(&open);
    let expected = |file: &str| {
        format!(
            "etm: warning: others on this machine can read {file}, which holds a secret: chmod 600 {file}"
        )
    };
    assert_eq!(warned(&told), [expected(&seed), expected(&pass)]);
    // One document, and nothing beside it.
    let json = import("json", &["--json"]);
    assert_eq!((json.status.code(), err(&json).as_str()), (Some(0), ""));

    // The key itself, where it is used; whoever looks at its address uses no secret.
    let key = path(".local/share/etm/keys/private.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let shown = run(home, &["keys", "show", "private"]);
    assert_eq!(err(&shown), "");
    let exported = wallet(
        home,
        &["keys", "export", "private", "--yes", "--passphrase-fd", "0"],
    )
    .stdin(fs::File::open(path("pass")).unwrap())
    .output()
    .unwrap();
    assert_eq!(exported.status.code(), Some(0), "{}", err(&exported));
    // A descriptor is no file that somebody named.
    assert_eq!(warned(&err(&exported)), [expected(key.to_str().unwrap())]);
}

/// Each would be waited for, for ever, by a command that says nothing.
#[test]
fn what_is_no_file_is_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let config = home.join(".config/etm");
    let keys = home.join(".local/share/etm/keys");
    for folder in [&config, &keys] {
        fs::create_dir_all(folder).unwrap();
    }
    let elsewhere = home.join("elsewhere");
    let there = elsewhere.to_str().unwrap();
    let cases: [(&Path, &[&str]); 5] = [
        (&config.join("config.toml"), &["keys", "list"]),
        (&config.join("contacts.toml"), &["contacts", "list"]),
        (&keys.join("bob.key"), &["keys", "show", "bob"]),
        (&elsewhere, &["tx", "decode", there]),
        (
            &elsewhere,
            &["keys", "import", "new", "--secret-file", there],
        ),
    ];
    for (path, arguments) in cases {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
        let refused = run(home, arguments);
        let told = err(&refused);
        assert_ne!(refused.status.code(), Some(0), "{arguments:?}: {told}");
        assert!(told.contains("named pipe"), "{arguments:?}: {told}");
        assert!(told.contains(path.to_str().unwrap()), "{told}");
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
        let told = err(&run(home, arguments));
        assert!(told.contains("it is a folder, not a file"), "{told}");
        fs::remove_dir(path).unwrap();
    }
    // What a shell hands over is read.
    let (reader, writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut &writer, b"no transaction").unwrap();
    drop(writer);
    let decoded = wallet(home, &["tx", "decode", "/dev/stdin"])
        .stdin(Stdio::from(reader))
        .output()
        .unwrap();
    let told = format!("{}{}", out(&decoded), err(&decoded));
    assert!(!told.contains("named pipe"), "{told}");
}
