use super::*;
use std::path::Path;

const FILE: &str = "# mine\nnode = \"http://a\"   # the old one\n\n  key=\"x\"\nkeys = \"/k\"\n";

#[test]
fn one_line_changes_and_the_rest_stays() {
    assert_eq!(
        with(FILE, "key", Some("alice")),
        FILE.replace("  key=\"x\"", "key = \"alice\"")
    );
    assert_eq!(with(FILE, "key", None), FILE.replace("  key=\"x\"\n", ""));
    assert_eq!(with(FILE, "chain", None), FILE);
    assert_eq!(
        with(FILE, "chain", Some("0")),
        format!("{FILE}chain = \"0\"\n")
    );
    assert_eq!(with("", "key", Some("a")), "key = \"a\"\n");
}

#[test]
fn whatever_is_set_is_read_back() {
    for value in ["alice", "a \"quoted\" name", "back\\slash", "ä\n", ""] {
        let text = with(FILE, "key", Some(value));
        let read = parse(Path::new("config.toml"), &text).unwrap();
        assert_eq!(read.key.as_deref(), Some(value), "{text}");
    }
}
