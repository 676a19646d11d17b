use super::*;

const LEAST: &str = "name = \"x\"\n[population]\nkind = \"equal\"\nholders = 10\n";

fn refused(text: &str) -> String {
    match variants(text, &[]) {
        Err(error) => error.to_string(),
        Ok(_) => unreachable!("{text} was accepted"),
    }
}

#[test]
fn the_least_study_has_mainnet_parameters() {
    let found = variants(LEAST, &[]).expect("valid");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].label(), "");
    let params = found[0].study.mechanism_params();
    assert_eq!(params, etm_mechanism::Params::mainnet());
    assert!((found[0].study.rounds_per_day() - 285.15).abs() < 0.01);
}

#[test]
fn unknown_keys_are_named() {
    for (text, key) in [
        (format!("{LEAST}colour = 1\n"), "colour"),
        (format!("{LEAST}[params]\ncomittee = 5\n"), "comittee"),
        (
            format!(
                "{LEAST}[[adversary]]\nkind = \"whale\"\nshare = 0.1\naccounts = 1\nminers = 3\n"
            ),
            "miners",
        ),
        (format!("{LEAST}[behaviour]\nloyl = 1.0\n"), "loyl"),
        (
            "name = \"x\"\nnonsense = 1\n[population]\nkind = \"equal\"\nholders = 1\n".to_string(),
            "nonsense",
        ),
    ] {
        let error = refused(&text);
        assert!(error.contains(key), "{key}: {error}");
    }
}

/// Whoever mistypes the one that is no part of a study itself is told of it, too.
#[test]
fn an_unknown_key_is_told_with_all_that_there_are() {
    let told = refused(&format!("{LEAST}[swep]\n\"miners.count\" = [5]\n"));
    let mut table: toml::Table = LEAST.parse().unwrap();
    table.insert("swep".into(), 1.into());
    let fields = Study::from_table(table).unwrap_err().to_string();
    let names = |text: &str| -> Vec<String> {
        let names = text.split('`').skip(3).step_by(2);
        names.map(str::to_owned).collect()
    };
    let mut all = names(&fields);
    all.push("sweep".to_owned());
    assert_eq!(names(&told), all, "{told}");
}

#[test]
fn absurd_values_are_refused_with_their_key() {
    for (text, key) in [
        ("[params]\ncommittee = 0\n", "params.committee"),
        ("[params]\ncommittee = 5000\n", "params.committee"),
        (
            "[params]\nblocks_per_round = 1\n",
            "params.blocks_per_round",
        ),
        ("[params]\nday_seconds = 0\n", "params.day_seconds"),
        ("[params]\nslot_ms = 0\n", "params.slot_ms"),
        ("[params]\ncommittee = -4\n", "committee"),
        ("[locks]\nshare = 1.5\n", "locks.share"),
        ("[locks]\nholders = -0.1\n", "locks.holders"),
        ("[locks]\nshare = nan\n", "locks.share"),
        ("[miners]\ncount = 0\n", "miners.count"),
        (
            "[miners]\nuptime = { kind = \"equal\", value = 2.0 }\n",
            "miners.uptime.value",
        ),
        (
            "[miners]\nuptime = { kind = \"uniform\", low = 0.9, high = 0.1 }\n",
            "miners.uptime.low",
        ),
        ("[behaviour]\nloyal = 0.5\n", "behaviour"),
        ("[behaviour]\ninertia = nan\n", "behaviour.inertia"),
        (
            "[[adversary]]\nkind = \"cartel\"\nshare = 0.2\nminers = 10\naccounts = 5\n",
            "adversary.accounts",
        ),
        (
            "[[adversary]]\nkind = \"whale\"\nshare = 1.0\naccounts = 5\n",
            "adversary.share",
        ),
        (
            "[[outage]]\nfrom_day = 3\nto_day = 3\nshare = 0.5\n",
            "outage.to_day",
        ),
        ("[run]\nrounds = 0\n", "run.rounds"),
        ("[run]\nseeds = 0\n", "run.seeds"),
        ("[run]\npolicies = []\n", "run.policies"),
        (
            "[run]\npolicies = [\"entanmo\", \"entanmo\"]\n",
            "run.policies",
        ),
        ("[run]\npolicies = [\"dpos\"]\n", "run.policies"),
    ] {
        let error = refused(&format!("{LEAST}{text}"));
        assert!(error.contains(key), "{key}: {error}");
    }
    assert!(
        refused("name = \"x\"\n[population]\nkind = \"pareto\"\nholders = 5\nalpha = 2.0\n")
            .contains("population.total")
    );
    assert!(
        refused("name = \"x\"\n[population]\nkind = \"network\"\npositions = 5\n")
            .contains("--from")
    );
    assert!(refused("name = ").contains("line 1"));
}

#[test]
fn a_sweep_makes_every_combination() {
    let text = format!(
        "{LEAST}[[adversary]]\nkind = \"whale\"\nshare = 0.1\naccounts = 1\n[sweep]\n\"miners.count\" = [5, 6]\n\"adversary.0.accounts\" = [1, 2, 3]\n"
    );
    let found = variants(&text, &[]).expect("valid");
    assert_eq!(found.len(), 6);
    let labels: Vec<_> = found.iter().map(Variant::label).collect();
    assert!(
        labels.contains(&"adversary.0.accounts=2, miners.count=6".to_string())
            || labels.contains(&"miners.count=6, adversary.0.accounts=2".to_string()),
        "{labels:?}"
    );
    assert!(
        found.iter().any(|variant| variant.study.miners.count == 6
            && variant.study.adversaries[0].accounts() == 3)
    );
}

#[test]
fn a_wrong_sweep_is_refused() {
    for sweep in [
        "\"miners.count\" = []\n",
        "\"miners.count\" = 5\n",
        "\"miners.count\" = [5, 5]\n",
        "\"miners.nonsense\" = [5]\n",
        "\"adversary.0.accounts\" = [5]\n",
        "\"name.x\" = [5]\n",
        "\"run.seed\" = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]\n\"miners.count\" = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]\n",
    ] {
        refused(&format!("{LEAST}[sweep]\n{sweep}"));
    }
}

#[test]
fn overrides_replace_values() {
    let changes = [
        ("run.seeds", toml::Value::Integer(7)),
        ("run.policies", toml::Value::Array(vec!["top101".into()])),
    ];
    let found = variants(LEAST, &changes).expect("valid");
    assert_eq!(found[0].study.run.seeds, 7);
    assert_eq!(found[0].study.run.policies, ["top101"]);
}

#[test]
fn a_study_written_out_is_read_back_the_same() {
    let first = variants(LEAST, &[]).expect("valid").remove(0).study;
    let text = toml::to_string(&first).expect("a table");
    assert_eq!(variants(&text, &[]).expect("valid").remove(0).study, first);
}
