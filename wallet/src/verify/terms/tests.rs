use super::*;
use etm_execution::ChainParams;

#[test]
fn a_node_that_names_other_terms_is_caught_in_each_of_them() {
    let own = Terms::of(&ChainParams::mainnet());
    let names = own.rows().map(|(name, _)| name);
    for (place, name) in names.into_iter().enumerate() {
        let mut table: toml::Table = toml::from_str(&toml::to_string(&own).unwrap()).unwrap();
        let value = table[name].as_integer().unwrap();
        table.insert(name.to_owned(), (value + 1).into());
        let lied: Terms = toml::from_str(&toml::to_string(&table).unwrap()).unwrap();
        assert_ne!(lied, own);
        let different: Vec<usize> = (0..9)
            .filter(|at| lied.rows()[*at] != own.rows()[*at])
            .collect();
        assert_eq!(different, [place], "{name}");
    }
}
