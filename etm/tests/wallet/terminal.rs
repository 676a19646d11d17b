//! A person at a terminal: questions before signing, and the live view.

use crate::{
    home::{Home, assert_api_shape, units},
    life::{ETM, eventually},
};
use rexpect::session::{PtySession, spawn_command};
use std::{
    io::{BufRead, BufReader},
    process::Command,
};

const PASSPHRASE: &str = "correct horse battery staple";

/// Starts a command on a terminal of 40 lines of 120 columns that echoes what is typed (the library turns that off).
fn on_a_terminal(wallet: &Home, arguments: &[&str]) -> PtySession {
    let command = wallet.command(arguments);
    let mut shell = Command::new("/bin/sh");
    shell
        .args([
            "-c",
            "stty echo rows 40 cols 120; \"$@\"; echo exit code $?",
            "sh",
        ])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm-256color");
    spawn_command(shell, Some(120_000)).unwrap()
}

/// What is on the screen at the end, and the exit code.
fn end(session: &mut PtySession) -> (String, i32) {
    let screen = session.exp_eof().unwrap();
    let (screen, code) = screen.rsplit_once("exit code ").unwrap();
    (screen.to_owned(), code.trim().parse().unwrap())
}

/// What changes is shown, a no changes nothing, a yes asks for the passphrase without echo.
pub fn signing(wallet: &Home) {
    let alice = wallet.address("alice");
    let nonce = || wallet.json(&["balance", "voter"])["nonce"].clone();
    let before = nonce();
    let arguments = ["send", &alice, "2.5", "--wait"];
    let mut refused = on_a_terminal(wallet, &arguments);
    refused.exp_string("Send 2.5 ETM to").unwrap();
    refused.exp_string("balance left").unwrap();
    refused.exp_string("takes effect").unwrap();
    refused.exp_string("Sign it? [y/N] ").unwrap();
    refused.send_line("no").unwrap();
    let (screen, code) = end(&mut refused);
    assert!(screen.contains("nothing was signed"), "{screen}");
    assert_eq!((code, nonce()), (1, before));

    let held = units(&wallet.json(&["balance", "alice"])["balance"]);
    let mut sent = on_a_terminal(wallet, &arguments);
    sent.exp_string("Sign it? [y/N] ").unwrap();
    sent.send_line("y").unwrap();
    sent.exp_string("passphrase of key voter: ").unwrap();
    sent.send_line(PASSPHRASE).unwrap();
    let (screen, code) = end(&mut sent);
    assert!(!screen.contains(PASSPHRASE), "{screen}");
    for part in [
        "waiting until it is final",
        "pending",
        "final at height",
        "done",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert_eq!(code, 0);
    assert_eq!(
        units(&wallet.json(&["balance", "alice"])["balance"]),
        held + 5 * ETM / 2
    );
}

/// The live view draws rounds, blocks and the position, and leaves the terminal as it was; with `--json` events come line by line.
pub fn watching(wallet: &Home) {
    let voter = wallet.address("voter");
    let mut view = on_a_terminal(wallet, &["watch"]);
    // Cells that stay blank are skipped, so that only single words are sure to come in one piece.
    // They come line by line from the top. (On a busy machine the line above them may come later, when the node has answered.)
    for word in ["Blocks", "position", "PRODUCER", &voter, "Rounds"] {
        // Without the hundreds of kilobytes that came instead.
        assert!(view.exp_string(word).is_ok(), "never on the screen: {word}");
    }
    view.send("q").unwrap();
    view.flush().unwrap();
    let (rest, code) = end(&mut view);
    assert!(
        rest.contains("\u{1b}[?1049l"),
        "the screen is given back: {rest:?}"
    );
    assert_eq!(code, 0);

    let mut stream = wallet.start(&["watch", "--json"]);
    let mut lines = BufReader::new(stream.stdout.take().unwrap()).lines();
    let mut kinds = Vec::new();
    eventually("blocks and the end of a round", || {
        let event: serde_json::Value =
            serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_api_shape("Event", &event);
        kinds.push(event["kind"].as_str().unwrap().to_owned());
        kinds.iter().any(|kind| kind == "round") && kinds.iter().any(|kind| kind == "block")
    });
    // Nobody reads any more: that is no failure.
    drop(lines);
    assert_eq!(stream.wait().unwrap().code(), Some(0));
}
