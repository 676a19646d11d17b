use super::*;
use crate::measure;

fn line(text: &str) -> (usize, String) {
    match parse_csv(text, "file", "balance", None) {
        Err(PopulationError::Line { line, reason, .. }) => (line, reason),
        other => unreachable!("{other:?}"),
    }
}

fn equal(holders: usize, total: Option<u64>, supply: u64) -> Population {
    Population::Equal {
        holders,
        total,
        supply,
    }
}

#[test]
fn a_csv_is_read_to_the_unit() {
    let text = "account,balance\r\nx,1.5\r\n\"y\",\"0.00000001\"\n\nz,3\n";
    let found = parse_csv(text, "file", "balance", None);
    assert_eq!(found, Ok(vec![150_000_000, 1, 300_000_000]));
}

#[test]
fn every_malformed_line_is_named() {
    assert_eq!(line("").0, 1);
    assert_eq!(line("\n1\n").0, 1);
    assert_eq!(line("account,balance\n").0, 2);
    assert!(
        line("account,amount\nx,1\n")
            .1
            .contains("no column \"balance\"")
    );
    let (number, reason) = line("account,balance\nx,1\ny,-3\n");
    assert_eq!(number, 3);
    assert!(reason.contains("not below 0"), "{reason}");
    assert_eq!(line("account,balance\nx,1\n\ny\n").0, 4);
    assert_eq!(line("account,balance\nx,1,2\n").0, 2);
    for text in [
        "1e5",
        "",
        ".",
        "nan",
        "1.123456789",
        "99999999999999999999",
        "184467440738",
    ] {
        assert_eq!(line(&format!("account,balance\nx,{text}\n")).0, 2, "{text}");
    }
}

#[test]
fn the_shipped_holders_are_those_of_the_snapshot() {
    let population = Population::Holders40k {
        total: None,
        supply: 235_000_000,
    };
    let found = balances(&population, Path::new("."), 0).expect("the shipped data is valid");
    assert_eq!(found.len(), 39_957);
    let sizes: Vec<f64> = found.iter().map(|balance| *balance as f64).collect();
    assert!((gini_of(&found) - 0.9556).abs() < 1e-4);
    assert!((sizes.iter().sum::<f64>() / 1e8 / 20_060_788.7 - 1.0).abs() < 1e-5);
}

#[test]
fn a_population_is_scaled_and_never_above_the_supply() {
    let found = balances(&equal(7, Some(100), 500), Path::new("."), 0).expect("valid");
    assert_eq!(found, [100 * ETM / 7; 7]);
    assert_eq!(
        balances(&equal(501, None, 500), Path::new("."), 0),
        Err(PopulationError::AboveSupply {
            held: 501,
            supply: 500
        })
    );
}

fn gini_of(balances: &[u64]) -> f64 {
    let sizes = balances.iter().map(|balance| *balance as f64);
    measure::Sorted::new(sizes.collect()).gini()
}

#[test]
fn pareto_has_the_gini_of_its_exponent_and_lognormal_of_its_sigma() {
    let gini = |population: &Population| {
        let found = balances(population, Path::new("."), 3).expect("valid");
        gini_of(&found)
    };
    let (holders, total, supply) = (200_000, Some(1_000_000), 235_000_000);
    // 1 / (2 alpha - 1)
    let pareto = gini(&Population::Pareto {
        holders,
        alpha: 3.0,
        total,
        supply,
    });
    assert!((pareto - 0.2).abs() < 0.01, "{pareto}");
    // erf(sigma / 2)
    let lognormal = gini(&Population::Lognormal {
        holders,
        sigma: 1.0,
        total,
        supply,
    });
    assert!((lognormal - 0.5205).abs() < 0.01, "{lognormal}");
}

#[test]
fn a_missing_file_is_named() {
    let population = Population::Csv {
        file: "no-such-file.csv".into(),
        column: "balance".into(),
        total: None,
        supply: 1,
    };
    let error = balances(&population, Path::new("/nowhere"), 0).expect_err("there is none");
    assert!(
        error.to_string().contains("/nowhere/no-such-file.csv"),
        "{error}"
    );
}
