//! Command lines that can't be read.

use crate::support::{assert_shape, err, out, run};
use serde_json::Value;

#[test]
fn a_typo_gets_a_suggestion() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, text) in [
        (&["balence"][..], "'balance'"),
        (&["keys", "improt", "alice"], "'import'"),
        (&["miner", "registre", "x"], "'register'"),
        (&["status", "--jsno"], "'--json'"),
        (&["completions", "bsh"], "'bash'"),
        (&["miner", "list", "--sort", "vots"], "\"votes\""),
        (&["tx", "brodcast"], "etm tx broadcast"),
    ] {
        let output = run(home.path(), arguments);
        let message = err(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(text), "{arguments:?}: {message}");
        assert!(out(&output).is_empty());
    }
}

#[test]
fn programs_are_told_in_json() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, message, hint) in [
        (
            &["balence", "--json"][..],
            "unrecognized subcommand 'balence'",
            Some("a similar subcommand exists: 'balance'"),
        ),
        (
            &["send", "--json"],
            "the following required arguments were not provided: <TO> <AMOUNT>",
            None,
        ),
        (
            &["keys", "--json"],
            "'wallet keys' requires a subcommand but one was not provided [subcommands: new, import, list, show, export, delete, help]",
            None,
        ),
        (
            &["status", "--json", "--timeout", "soon"],
            "invalid value 'soon' for '--timeout <SECONDS>': it must be a whole number",
            None,
        ),
        (
            &["verify-round", "99999999999999999999", "--json"],
            "invalid value '99999999999999999999' for '[ROUND]': it is too large",
            None,
        ),
    ] {
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        let body: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_shape("error", &body);
        assert_eq!(body["error"]["code"], "usage");
        assert_eq!(body["error"]["message"], message);
        assert_eq!(body["error"]["hint"].as_str(), hint);
    }
}

/// It is in the shell's history by now, but in no log of standard error.
#[test]
fn a_secret_given_as_an_argument_is_not_repeated() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["keys", "import", "alice", "hunter2"][..],
        &["keys", "import", "alice", "--v1-secret", "hunter2"],
        &["keys", "import", "alice", "--v1-secret=hunter2"],
        &["keys", "import", "alice", "--seed", "hunter2", "--json"],
        &["keys", "import", "alice", "--secret-fd", "hunter2"],
        &["keys", "import", "alice", "--words=hunter2"],
        &["keys", "new", "alice", "--passphrase-fd=hunter2"],
        &["keys", "export", "alice", "--passphrase=hunter2"],
        &["keys", "export", "alice", "--passphrase", "hunter2"],
        &["vote", "alpha", "--passphrase-fd", "hunter2"],
    ] {
        let output = run(home.path(), arguments);
        let message = err(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(!message.contains("hunter2"), "{arguments:?}: {message}");
        assert!(out(&output).is_empty());
    }
    let told = run(home.path(), &["keys", "import", "alice", "hunter2"]);
    assert!(
        err(&told).starts_with("etm: a secret is never an argument"),
        "{}",
        err(&told)
    );
}

/// What the lab calls a seed is no secret, and only `keys` takes words.
#[test]
fn a_number_that_is_none_is_repeated() {
    let home = tempfile::tempdir().unwrap();
    let output = run(home.path(), &["rewards", "--limit", "hunter2"]);
    assert!(err(&output).contains("hunter2"), "{}", err(&output));
}

#[test]
fn help_ends_with_0_and_goes_to_standard_output() {
    let home = tempfile::tempdir().unwrap();
    let help = run(home.path(), &["lock", "--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(out(&help).contains("Examples:") && err(&help).is_empty());
    // A command that needs another word shows what there is.
    let bare = run(home.path(), &["keys"]);
    assert_eq!(bare.status.code(), Some(2));
    assert!(err(&bare).contains("import"), "{}", err(&bare));
}
