use super::*;

#[test]
fn fields_with_commas_are_quoted() {
    assert_eq!(field("plain"), "plain");
    assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
    assert_eq!(field("a;b"), "\"a;b\"");
    // What a spreadsheet would take for a formula is text; a number is a number.
    assert_eq!(field("=1+1"), "'=1+1");
    assert_eq!(field("@sum(1,2)"), "\"'@sum(1,2)\"");
    assert_eq!(field("-0.5"), "-0.5");
    assert_eq!(field("-x"), "'-x");
    // Nor is it a date, or a number that it isn't.
    for text in [
        "1/2",
        "2026-11-26",
        "1-2",
        "007",
        "-007",
        "1.2.3",
        "18446744073709551615",
    ] {
        assert_eq!(field(text), format!("'{text}"));
    }
    for text in ["0", "0.5", "-0.25", "1e-9", "12", "3.0"] {
        assert_eq!(field(text), text);
    }
}

#[test]
fn a_figure_has_no_digits_that_nobody_computed() {
    let sum = 0.7 + 0.2 + 0.1 + 0.1;
    assert_eq!(
        (sum.to_string(), figure(sum)),
        ("1.0999999999999999".into(), 1.1)
    );
    for value in [0.0, 1.0, -0.25, 1e-9, 1e300] {
        assert_eq!(figure(value), value);
    }
    assert!(figure(f64::NAN).is_nan());
}

#[test]
fn a_document_of_another_format_or_cut_off_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.json");
    for text in [
        "",
        "{}",
        "{\"format\":\"etm-lab/9\",\"version\":\"1\",\"complete\":true,\"jobs\":0,\"variants\":[],\"runs\":[]}",
        "[1,2",
    ] {
        fs::write(&path, text).expect("written");
        let error = read(folder.path()).expect_err("refused").to_string();
        assert!(error.contains("results.json"), "{error}");
    }
    assert!(read(&folder.path().join("none")).is_err());
}
