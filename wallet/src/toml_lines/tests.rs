use super::*;

#[test]
fn every_value_has_its_line() {
    let text = "# a\nb = 1\n\n\"a\" = \"two\"\n";
    let found = entries(text).unwrap();
    let told: Vec<(&str, usize)> = found
        .iter()
        .map(|entry| (entry.name.as_str(), entry.line))
        .collect();
    assert_eq!(told, [("b", 2), ("a", 4)]);
    assert_eq!(found[1].value, Value::from("two"));
}

#[test]
fn what_is_wrong_is_told_on_one_line_with_its_own() {
    for (text, line) in [("a = 1\nb\n", "line 2: "), ("a = 1\n\na = 2", "line 3: ")] {
        let told = entries(text).unwrap_err();
        assert!(told.starts_with(line), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn a_misspelt_name_is_offered_the_nearest() {
    let names = ["node", "chain"];
    assert_eq!(
        unknown("setting", "nod", &names),
        "there is no such setting; did you mean node?"
    );
    assert_eq!(
        unknown("setting", "xyz", &names),
        "there is no such setting; there are node, chain"
    );
}
