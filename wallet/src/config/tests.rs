use super::*;
use std::fs;
use std::io::Write;

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn globals(config: &Path) -> Globals {
    Globals {
        config: Some(config.to_owned()),
        timeout: 3,
        ..Globals::default()
    }
}

#[test]
fn the_command_line_goes_before_the_file_and_the_file_before_the_default() {
    let config = file("node = \"http://file:1\"\nkeys = \"/file/keys\"\nkey = \"carol\"\n");
    let from_file = Settings::settle(&globals(config.path())).unwrap();
    assert_eq!(from_file.node, "http://file:1");
    assert_eq!(from_file.keys.as_deref(), Some(Path::new("/file/keys")));
    assert_eq!(from_file.key_name(None), Ok("carol".to_owned()));
    assert_eq!(from_file.key_name(Some("dave")), Ok("dave".to_owned()));
    assert_eq!(from_file.timeout, Duration::from_secs(3));

    let told = Globals {
        node: Some("http://told:2".to_owned()),
        keys: Some("/told/keys".into()),
        ..globals(config.path())
    };
    let told = Settings::settle(&told).unwrap();
    assert_eq!(
        (told.node.as_str(), told.keys.as_deref().unwrap()),
        ("http://told:2", Path::new("/told/keys"))
    );

    let empty = file("");
    assert_eq!(
        Settings::settle(&globals(empty.path())).unwrap().node,
        DEFAULT_NODE
    );
}

#[test]
fn a_wrong_file_is_named() {
    for text in ["nod = \"http://x\"", "node = 1", "node = ", "\u{0}"] {
        let config = file(text);
        let failure = Settings::settle(&globals(config.path())).unwrap_err();
        assert_eq!(
            (failure.exit, failure.code.as_str()),
            (crate::failure::Exit::Usage, "invalid_config")
        );
        assert!(
            failure
                .message
                .contains(&config.path().display().to_string()),
            "{failure}"
        );
    }
    let missing = Settings::settle(&globals(Path::new("/nonexistent/config.toml"))).unwrap_err();
    assert!(
        missing.message.contains("/nonexistent/config.toml"),
        "{missing}"
    );
}

#[test]
fn without_a_name_only_a_single_key_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        contacts: None,
        node: DEFAULT_NODE.to_owned(),
        keys: Some(folder.path().to_owned()),
        key: None,
        key_place: None,
        chain: None,
        timeout: Duration::from_secs(1),
    };
    assert_eq!(settings.key_name(None).unwrap_err().code, "no_key");
    fs::write(folder.path().join("one.key"), "{}").unwrap();
    assert_eq!(settings.key_name(None), Ok("one".to_owned()));
    fs::write(folder.path().join("two.key"), "{}").unwrap();
    let failure = settings.key_name(None).unwrap_err();
    assert!(failure.to_string().contains("one, two"), "{failure}");
    // A machine without a home folder can look at a node all the same.
    let homeless = Settings {
        keys: None,
        ..settings
    };
    assert_eq!(homeless.key_name(None).unwrap_err().code, "invalid_config");
    assert_eq!(homeless.key_name(Some("one")), Ok("one".to_owned()));
}
