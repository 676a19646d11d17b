use super::*;
use ratatui::{Terminal, backend::TestBackend};

/// A view of what a node told, and of an account with a position.
fn view() -> View {
    let told: serde_json::Value = serde_json::from_str(include_str!("told.json")).unwrap();
    let part = |name: &str| told[name].clone();
    View {
        node: "http://127.0.0.1:8080".into(),
        address: Some(told["account"]["address"].as_str().unwrap().to_owned()),
        status: serde_json::from_value(part("status")).unwrap(),
        account: serde_json::from_value(part("account")).unwrap(),
        blocks: serde_json::from_value(part("blocks")).unwrap(),
        peers: serde_json::from_value(part("peers")).unwrap(),
        ..View::default()
    }
}

fn screen(width: u16, height: u16, view: &View) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, view)).unwrap();
    format!("{}", terminal.backend())
}

#[test]
fn every_size_of_terminal_is_drawn_on() {
    let trouble = View {
        trouble: Some("the node does not answer".into()),
        ..view()
    };
    for width in 1..=100 {
        for height in 1..=40 {
            screen(width, height, &trouble);
        }
    }
    let wide = screen(80, 24, &trouble);
    for part in [
        "the node does not answer",
        "My position",
        "Missed slots",
        "Rounds",
    ] {
        assert!(wide.contains(part), "{part}: {wide}");
    }
}

#[test]
fn peers_are_shown_with_what_they_say_of_themselves() {
    for height in [24, 40] {
        let wide = screen(80, height, &view());
        for part in [
            "Peers: 1 of 2 connected",
            "birch (#1)",
            "member",
            "0.1.0",
            "1278",
            "0909090909",
            "follower",
            "away",
        ] {
            assert!(wide.contains(part), "{part}: {wide}");
        }
    }
}

/// A name that is cut means nothing: `MISSE T`.
#[test]
fn no_column_is_cut_where_it_can_be_left_out() {
    let columns: [Column; 3] = [("ROUND", 7, 0), ("MISSED", 7, 1), ("T", 4, 2)];
    for (room, kept) in [
        (20, &[0, 1, 2][..]),
        (19, &[0, 1]),
        (15, &[0, 1]),
        (14, &[0]),
        (1, &[0]),
    ] {
        assert_eq!(fitting(&columns, room), kept, "{room}");
    }
    for width in [40, 48, 60, 80, 90, 100] {
        let shown = screen(width, 40, &view());
        let headers = shown.split(['│', '\n']);
        for header in headers.filter(|part| part.contains("ROUND")) {
            let known = [
                "HEIGHT", "ROUND", "SLOT", "PRODUCER", "TXS", "LUCKY", "BONUS", "MISSED", "T",
            ];
            let mut words = header.split_whitespace();
            let cut = words.find(|word| !known.contains(word));
            assert_eq!(cut, None, "{width}: {header}");
        }
    }
}

/// What each size shows in full: nothing that matters is cut off.
#[test]
fn small_terminals_show_what_matters() {
    let view = view();
    let narrow = screen(60, 24, &view);
    for part in [
        "7 of 10 blocks, 1 missed",
        "A6PQXuCueQTB1iEnit5HWZA58j4rjES5nQ",
        "can be spent  98,999.88712257 ETM",
        "votes for     amber (#0)",
        "time gain t   3 of 32",
        "PRODUCER",
        "1279",
        "q ends it",
    ] {
        assert!(narrow.contains(part), "{part}: {narrow}");
    }
    let tiny = screen(20, 5, &view);
    for part in [
        "round 128: 7/10",
        "block 1279",
        "turn grove",
        "t 3, 405.36 votes",
        "98,999.88712257 ETM",
    ] {
        assert!(tiny.contains(part), "{part}: {tiny}");
    }
    let trouble = View {
        trouble: Some("no answer".into()),
        ..view
    };
    let tiny = screen(20, 5, &trouble);
    assert!(
        tiny.contains("no answer") && tiny.contains("block 1279"),
        "{tiny}"
    );
    assert!(screen(20, 5, &View::default()).contains("asking"));
}

/// What is cut in the middle of a word says nothing: there is less of it, or it goes on below.
#[test]
fn forty_columns_show_whole_words() {
    let mut view = view();
    let shown = screen(40, 24, &view);
    for part in [
        "etm-devnet  height 1279  peers 8 ",
        " Round 128: grove on turn in slot 9 ",
        "7 of 10 blocks, 1 missed, ends in 1 s",
        "A6PQXuCueQTB1iEnit5HWZA58j4rjES5nQ",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    if let Some(status) = &mut view.status {
        status.progress.ends_ms += 600_000;
        status.progress.blocks_total = 101;
    }
    let shown = screen(40, 24, &view);
    assert!(
        shown.contains("7/101, 1 missed, ends in 10 min 1 s"),
        "{shown}"
    );
    let none = View {
        account: None,
        address: None,
        trouble: Some(
            "no block for 30 s: the network may have halted, or the node lost its peers".into(),
        ),
        ..view
    };
    let words = |text: &str| {
        let text = text.replace(['│', '"'], " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (width, height) in [(80, 24), (40, 24), (30, 12)] {
        let shown = words(&screen(width, height, &none));
        assert!(
            shown.contains("the network may have halted, or the node lost its peers"),
            "{width}: {shown}"
        );
    }
    let shown = words(&screen(40, 24, &none));
    assert!(
        shown.contains("make a key with `etm keys new NAME`"),
        "{shown}"
    );
}

/// No time is left of a round to which no block comes.
#[test]
fn a_chain_that_stands_still_is_not_counted_down() {
    let mut still = view();
    if let Some(status) = &mut still.status {
        status.sync.state = etm_types::api::chain::SyncState::Stalled;
    }
    for (width, height) in [(80, 24), (40, 24), (30, 12)] {
        let shown = screen(width, height, &still);
        assert!(shown.contains("end: no new blocks"), "{shown}");
        assert!(!shown.contains("ends in"), "{shown}");
    }
    // What was said last of a node that is gone is no time that is left either.
    let gone = View {
        trouble: Some("the node does not answer".into()),
        ..view()
    };
    assert!(screen(80, 24, &gone).contains("end: not known"));
}

/// A day that began in the running round counts at its end, not with the next boundary.
#[test]
fn the_next_gain_is_that_of_the_running_round_if_a_day_begins_in_it() {
    let mut view = view();
    assert!(screen(80, 40, &view).contains("next +1       in 2 s"));
    if let Some(account) = &mut view.account {
        account.round_end.days = 1;
    }
    assert!(screen(80, 40, &view).contains("next +1       at this round's end"));
}
