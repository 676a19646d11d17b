use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Result<Vec<Vec<String>>, TableError> {
    let table = Table::new(text, 1_000)?;
    let header = table.header().to_vec();
    let rows = table.map(|row| row.map(|row| row.cells));
    std::iter::once(Ok(header)).chain(rows).collect()
}

#[test]
fn both_separators_and_all_line_ends_are_read() {
    let expected = Ok(vec![
        vec!["a".to_owned(), "b".to_owned()],
        vec!["1".to_owned(), "2,5;\"x\"\ny".to_owned()],
        vec!["3".to_owned(), String::new()],
    ]);
    for (separator, end) in [(',', "\n"), (';', "\n"), (',', "\r\n"), (';', "\r\n")] {
        let cell = "\"2,5;\"\"x\"\"\ny\"";
        let text =
            format!("\u{feff}a{separator} b {end}{end}1{separator}{cell}{end}3{separator}{end}");
        assert_eq!(read(&text), expected, "{text:?}");
    }
    assert_eq!(read("\"a\";\"b\"").unwrap(), [["a", "b"]]);
    // What the header has decides.
    assert_eq!(read("a;b\n1,5;2").unwrap()[1], ["1,5", "2"]);
}

#[test]
fn the_line_that_is_wrong_is_named() {
    for (text, line, part) in [
        ("", 1, "names of the columns"),
        ("\n \n", 3, "names of the columns"),
        ("a,b\n1,\"2\n\n3", 2, "not closed"),
        ("a,b\n1,2\n1,\"2\"3", 3, "behind a closing quote"),
        ("a,b\n\"x\ny\",2\n1\"2,3", 4, "a quote inside a cell"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.line, line, "{text:?}: {error}");
        assert!(error.reason.contains(part), "{text:?}: {error}");
    }
    let long = format!("a\n{}", "x".repeat(1_001));
    assert!(read(&long).unwrap_err().reason.contains("1000 bytes"));
}

proptest! {
    /// What is written by the rules is read back; nothing panics.
    #[test]
    fn quoted_cells_are_read_back(rows in prop::collection::vec(prop::collection::vec("[ -~\u{e4}\n\",;]{0,12}", 2..3), 1..6), semicolon: bool) {
        let separator = if semicolon { ';' } else { ',' };
        let mut text = format!("one{separator}two\n");
        for row in &rows {
            let cells: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            text.push_str(&cells.join(&separator.to_string()));
            text.push('\n');
        }
        let read = read(&text).unwrap();
        let trimmed: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect();
        prop_assert_eq!(&read[1..], &trimmed[..]);
    }

    #[test]
    fn no_text_panics_the_reader(text in "[ab\",;\r\n\t \u{feff}]{0,60}") {
        let _ = read(&text);
    }
}
