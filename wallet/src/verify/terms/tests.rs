use super::*;
use etm_execution::ChainParams;

fn kept(table: &toml::Table) -> std::result::Result<Terms, toml::de::Error> {
    toml::from_str(&toml::to_string(table).unwrap())
}

#[test]
fn each_term_is_kept_by_its_name_and_compared_by_itself() {
    let own = Terms::of(&ChainParams::mainnet());
    let table: toml::Table = toml::from_str(&toml::to_string(&own).unwrap()).unwrap();
    assert_eq!(kept(&table).unwrap(), own);
    for (place, (name, ..)) in ROWS.into_iter().enumerate() {
        let mut lied = table.clone();
        let value = table[name].as_integer().unwrap();
        lied.insert(name.to_owned(), (value + 1).into());
        let lied = kept(&lied).unwrap();
        let different: Vec<usize> = (0..ROWS.len())
            .filter(|at| lied.0[*at] != own.0[*at])
            .collect();
        assert_eq!(different, [place], "{name}");
    }
}

#[test]
fn a_file_that_lacks_a_term_or_has_one_too_many_is_refused() {
    let own = Terms::of(&ChainParams::mainnet());
    let table: toml::Table = toml::from_str(&toml::to_string(&own).unwrap()).unwrap();
    for (name, ..) in ROWS {
        let mut lacking = table.clone();
        lacking.remove(name);
        let refused = kept(&lacking).unwrap_err().to_string();
        assert!(refused.contains(&format!("{name} is missing")), "{refused}");
    }
    let mut more = table;
    more.insert("unlock_delay".to_owned(), 1.into());
    let refused = kept(&more).unwrap_err().to_string();
    assert!(
        refused.contains("unlock_delay is no parameter"),
        "{refused}"
    );
}
