use super::Costs;
use serde_json::Value;

/// The page reads the same file.
#[test]
fn what_is_asked_about_apart_is_what_the_page_asks_about() {
    let text = include_str!("../../../../../vectors/previews/apart.json");
    let golden: Value = serde_json::from_str(text).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() > 10);
    for case in cases {
        let units = |name: &str| -> Option<u64> { case[name].as_str()?.parse().ok() };
        let costs = Costs {
            fee: units("fee").unwrap(),
            least: units("least").unwrap(),
            amount: units("amount"),
            left: units("left").unwrap(),
            keeps: case["locked"].as_bool().unwrap(),
        };
        let apart: Vec<&str> = case["apart"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(costs.asked_apart(), apart, "{}", case["about"]);
    }
}
