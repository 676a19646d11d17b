use super::*;

#[test]
fn tables_line_up() {
    let mut page = Page::default();
    page.table(
        &[("NAME", Align::Left), ("ETM", Align::Right)],
        &[
            vec!["alice".into(), "1,200".into()],
            vec!["bo".into(), "3.5".into()],
        ],
    );
    assert_eq!(page.as_str(), "NAME     ETM\nalice  1,200\nbo       3.5\n");
}

#[test]
fn nothing_a_stranger_wrote_reaches_the_terminal_as_a_command() {
    let mut page = Page::default();
    page.field("memo", "\u{1b}[2Jgone\r\nnext\u{202e}line");
    assert_eq!(page.as_str(), "memo             ?[2Jgone??next?line\n");
}

#[test]
fn no_way_to_write_on_a_page_lets_through_what_is_unseen() {
    const NAME: &str = "a\u{1b}[2J\u{61c}\u{ad}\u{e0041}\u{180e}\u{3164}\u{600}\u{fff9}b";
    let mut page = Page::default();
    page.line(NAME);
    page.line(format!("{NAME}\n{NAME}"));
    page.title(NAME);
    page.say(Tone::Bad, NAME);
    page.marked(Tone::Good, NAME, NAME);
    page.field("name", NAME);
    page.field_toned("name", Tone::Warning, NAME);
    page.table(&[("NAME", Align::Left)], &[vec![NAME.to_owned()]]);
    page.table_to_fit(&[("NAME", Align::Left, 0)], &[vec![NAME.to_owned()]]);
    let unseen = |letter: char| letter != '\n' && etm_types::text::is_unseen(letter);
    assert!(!page.as_str().contains(unseen), "{page:?}");
    assert_eq!(
        page.as_str().matches("a?[2J???????b").count(),
        11,
        "{page:?}"
    );
}

#[test]
fn colours_only_where_they_were_asked_for() {
    let page = Page::default();
    assert_eq!(page.toned(Tone::Bad, "no"), "no");
    let colored = Page {
        color: true,
        ..Page::default()
    };
    assert!(colored.toned(Tone::Bad, "no").starts_with('\u{1b}'));
    assert!(colored.toned(Tone::Bad, "no").ends_with("\u{1b}[0m"));
}

#[test]
fn a_failure_of_several_lines_is_one_in_which_they_stand_apart() {
    assert_eq!(one_line("all is well"), "all is well");
    assert_eq!(
        one_line("expected `=`\n  in line 3\r\n\u{1b}[2Jof the file\n"),
        "expected `=` /   in line 3 / ?[2Jof the file"
    );
}

#[test]
fn a_text_is_broken_between_words() {
    assert_eq!(broken("as it is", 8), ["as it is"]);
    assert_eq!(broken("one two three", 7), ["one two", "three"]);
    assert_eq!(broken("one two three", 6), ["one", "two", "three"]);
    assert_eq!(broken("a 0123456789 b", 4), ["a", "0123456789", "b"]);
    assert_eq!(broken("0123456789", 4), ["0123456789"]);
    assert_eq!(broken("  indented text", 10), ["  indented", "text"]);
    assert_eq!(broken("größe über größe", 10), ["größe über", "größe"]);
    assert_eq!(broken("spaces     ", 6), ["spaces"]);
    assert_eq!(broken("", 4), [""]);
    let text = "3 of 20 miners; round 7; the chances are those of the draw for round 9.";
    for letters in 0..90 {
        assert_eq!(broken(text, letters).join(" "), text, "{letters}");
    }
}

/// On a terminal of 40 columns no line of words is longer, and what goes on stands under what it goes on from.
#[test]
fn what_stands_on_a_page_fits_on_a_narrow_terminal() {
    let write = |columns| {
        let mut page = Page {
            columns,
            ..Page::default()
        };
        page.title("A title with a few more words than fit on it");
        page.say(
            Tone::Dim,
            "12 of 20 miners; round 7; the chances are those of the draw for round 9.",
        );
        page.field("committee", "amber, birch, cedar, dune, elm, fern, grove");
        page.field_toned(
            "keeps up",
            Tone::Bad,
            "no block for 30 s: the network may have halted",
        );
        page.marked(
            Tone::Good,
            "ok",
            "every signature of the certificate is that of a member",
        );
        page.line("one more line with words, which is too long to fit");
        page.text
    };
    let narrow = write(Some(40));
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 40),
        "{narrow}"
    );
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(words(&narrow), words(&write(None)));
    assert!(
        narrow.contains(
            "committee        amber, birch, cedar,\n                 dune, elm, fern, grove\n"
        ),
        "{narrow}"
    );
}
