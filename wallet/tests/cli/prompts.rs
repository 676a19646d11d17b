//! The prompts on a pseudo-terminal: what is asked, and that secrets are not echoed.

use rexpect::session::{PtySession, spawn_command};
use rustix::termios::{LocalModes, tcgetattr};
use std::{fs, path::Path, process::Command};

const PASSPHRASE: &str = "correct horse battery staple";
const WORDS: &str = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote";

/// Starts the wallet on a terminal that echoes what is typed, as terminals do: the library turns that off.
fn start(home: &Path, arguments: &[&str]) -> PtySession {
    start_with(home, arguments, &[])
}

fn start_with(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> PtySession {
    let wallet = crate::support::wallet(home, arguments);
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "stty echo; exec \"$@\"", "sh"])
        .arg(wallet.get_program())
        .args(wallet.get_args())
        .env_clear()
        .envs(
            wallet
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .envs(variables.iter().copied());
    spawn_command(shell, Some(60_000)).unwrap()
}

fn echoes(session: &PtySession) -> bool {
    let terminal = session.process().get_file_handle().unwrap();
    tcgetattr(&terminal)
        .unwrap()
        .local_modes
        .contains(LocalModes::ECHO)
}

/// What is typed where nothing secret is asked for is seen: so the other tests see what they should not.
#[test]
fn the_terminal_of_these_tests_echoes() {
    let home = tempfile::tempdir().unwrap();
    make(home.path());
    let mut session = start(home.path(), &["keys", "delete", "alice"]);
    session.exp_string("[y/N] ").unwrap();
    session.send_line("not really").unwrap();
    let screen = session.exp_eof().unwrap();
    assert!(screen.contains("not really"), "{screen}");
}

#[test]
fn an_interrupted_prompt_leaves_the_terminal_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let mut session = start(home.path(), &["keys", "new", "alice"]);
    session
        .exp_string("new passphrase for key alice: ")
        .unwrap();
    // Whoever types as soon as the question is there is not seen.
    assert!(!echoes(&session));
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
    assert!(echoes(&session));
    assert!(!home.path().join(".local/share/etm/keys/alice.key").exists());
}

#[test]
fn colours_are_on_a_terminal_and_off_with_no_color() {
    let home = tempfile::tempdir().unwrap();
    make(home.path());
    let screen = |variables: &[(&str, &str)], arguments: &[&str]| {
        start_with(home.path(), arguments, variables)
            .exp_eof()
            .unwrap()
    };
    let show = ["keys", "show", "alice"];
    assert!(screen(&[], &show).contains('\u{1b}'));
    assert!(!screen(&[("NO_COLOR", "1")], &show).contains('\u{1b}'));
    assert!(!screen(&[("TERM", "dumb")], &show).contains('\u{1b}'));
    assert!(!screen(&[], &["keys", "show", "alice", "--json"]).contains('\u{1b}'));
    // An empty NO_COLOR says nothing.
    assert!(screen(&[("NO_COLOR", "")], &show).contains('\u{1b}'));
}

fn make(home: &Path) -> String {
    let mut session = start(home, &["keys", "new", "alice"]);
    session
        .exp_string("new passphrase for key alice: ")
        .unwrap();
    session.send_line(PASSPHRASE).unwrap();
    session
        .exp_string("new passphrase for key alice again: ")
        .unwrap();
    session.send_line(PASSPHRASE).unwrap();
    session.exp_eof().unwrap()
}

#[test]
fn a_new_key_asks_twice_echoes_nothing_and_shows_the_words_once() {
    let home = tempfile::tempdir().unwrap();
    let screen = make(home.path());
    assert!(
        screen.contains("Write these words down") && screen.contains("24 "),
        "{screen}"
    );
    assert!(!screen.contains(PASSPHRASE), "{screen}");

    let mut session = start(home.path(), &["keys", "export", "alice"]);
    session.exp_string("Go on? [y/N] ").unwrap();
    session.send_line("y").unwrap();
    session.exp_string("passphrase of key alice: ").unwrap();
    session.send_line(PASSPHRASE).unwrap();
    let exported = session.exp_eof().unwrap();
    let words: Vec<&str> = exported.split_whitespace().collect();
    assert_eq!(words.len(), 24, "{exported}");
    // The words that were shown, in the same order.
    let shown: Vec<&str> = screen.split_whitespace().collect();
    assert!(words.iter().all(|word| shown.contains(word)));
}

#[test]
fn answers_that_differ_write_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut session = start(home.path(), &["keys", "new", "alice"]);
    session.exp_string("alice: ").unwrap();
    session.send_line(PASSPHRASE).unwrap();
    session.exp_string("again: ").unwrap();
    session.send_line("something else").unwrap();
    let screen = session.exp_eof().unwrap();
    assert!(screen.contains("the two answers differ"), "{screen}");
    assert!(!home.path().join(".local/share/etm/keys/alice.key").exists());
}

/// The terminal drops what is beyond the end of its line, so the secret would be another one.
#[test]
fn a_secret_longer_than_the_line_of_a_terminal_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut session = start(home.path(), &["keys", "new", "alice"]);
    session.exp_string("alice: ").unwrap();
    for _ in 0..9 {
        session.send(&"x".repeat(500)).unwrap();
    }
    session.send_line("").unwrap();
    let screen = session.exp_eof().unwrap();
    assert!(
        screen.contains("longer than the line of a terminal"),
        "{screen}"
    );
    assert!(!home.path().join(".local/share/etm/keys/alice.key").exists());
}

#[test]
fn a_no_is_a_no() {
    let home = tempfile::tempdir().unwrap();
    make(home.path());
    for answer in ["n", "", "yess", "Yn"] {
        let mut session = start(home.path(), &["keys", "delete", "alice"]);
        session.exp_string("[y/N] ").unwrap();
        session.send_line(answer).unwrap();
        let screen = session.exp_eof().unwrap();
        assert!(screen.contains("nothing was deleted"), "{screen}");
    }
    assert!(home.path().join(".local/share/etm/keys/alice.key").exists());
}

#[test]
fn words_are_typed_unseen() {
    let home = tempfile::tempdir().unwrap();
    let mut session = start(home.path(), &["keys", "import", "bob"]);
    session.exp_string("words: ").unwrap();
    session.send_line(WORDS).unwrap();
    for _ in 0..2 {
        session.exp_string("key bob").unwrap();
        session.exp_string(": ").unwrap();
        session.send_line(PASSPHRASE).unwrap();
    }
    let screen = session.exp_eof().unwrap();
    assert!(
        !screen.contains("zoo") && !screen.contains(PASSPHRASE),
        "{screen}"
    );
    assert!(screen.contains("address"), "{screen}");
    let file = fs::read_to_string(home.path().join(".local/share/etm/keys/bob.key")).unwrap();
    assert!(!file.contains("zoo"));
}

#[test]
fn a_wrong_passphrase_says_no_more_than_that() {
    let home = tempfile::tempdir().unwrap();
    make(home.path());
    let mut session = start(home.path(), &["keys", "export", "alice", "--yes"]);
    session.exp_string("passphrase of key alice: ").unwrap();
    session.send_line("not the passphrase").unwrap();
    let screen = session.exp_eof().unwrap();
    assert!(
        screen.contains("wrong passphrase or damaged file"),
        "{screen}"
    );
    assert!(!screen.contains("not the passphrase"), "{screen}");
}
