use super::*;

fn settle(
    flags: &[(&'static str, &str)],
    variables: &[(&str, &str)],
    file: &str,
) -> Result<Settings, String> {
    let flags = flags.iter().fold(Flags::default(), |flags, (name, value)| {
        flags.with(name, *value)
    });
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::settle(
        &flags,
        variables,
        Some((Path::new("config.toml"), file)),
        Path::new(""),
    )
    .map_err(|failure| {
        assert!(matches!(failure, Failure::Input(_)));
        let text = failure.to_string();
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    })
}

fn port(settings: Result<Settings, String>) -> u16 {
    settings.unwrap().listen.port()
}

#[test]
fn options_come_before_variables_and_variables_before_the_file() {
    let file = "listen = \"1.2.3.4:1\"";
    let variable = [("ETM_NODE_LISTEN", "1.2.3.4:2"), ("ETM_NODE", "http://x")];
    let flag = [("listen", "[::1]:3")];
    assert_eq!(port(settle(&[], &[], "")), 9100);
    assert_eq!(port(settle(&[], &[], file)), 1);
    assert_eq!(port(settle(&[], &variable, file)), 2);
    assert_eq!(port(settle(&[], &[("ETM_NODE_LISTEN", "")], file)), 1);
    assert_eq!(port(settle(&flag, &variable, file)), 3);
}

#[test]
fn a_new_file_says_nothing_but_the_defaults() {
    let defaults = settle(&[], &[], "").unwrap();
    let text = file_text(&Flags::default());
    assert_eq!(settle(&[], &[], &text).unwrap(), defaults);
    // Every default is what its comment says; those without one stand there as examples.
    let mut uncommented = String::new();
    for line in text.lines() {
        match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => uncommented.push_str(setting),
            _ => continue,
        }
        uncommented.push('\n');
    }
    assert_eq!(uncommented.lines().count(), keys::KEYS.len());
    let without_examples: String = uncommented
        .lines()
        .filter(|line| {
            let name = line.split(' ').next().unwrap();
            !keys::find(name).unwrap().default.is_empty()
        })
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(settle(&[], &[], &without_examples).unwrap(), defaults);
}

#[test]
fn what_is_given_stands_in_the_new_file() {
    let flags = Flags::default()
        .with("external", "node.example.org:9100")
        .with("blocks", "100000")
        .with("log_file", "a \"b\"\\c");
    let text = file_text(&flags);
    let from_file = settle(&[], &[], &text).unwrap();
    assert_eq!(
        from_file,
        Settings::settle(&flags, [], None, Path::new("")).unwrap(),
        "{text}"
    );
    assert_eq!(from_file.log.file.unwrap().to_str().unwrap(), "a \"b\"\\c");
}

#[test]
fn what_is_unknown_or_wrong_is_named_with_where_it_stands() {
    let wrong =
        |flags: &[(&'static str, &str)], variables: &[(&str, &str)], file: &str, parts: &[&str]| {
            let error = settle(flags, variables, file).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{error}: {part}");
            }
        };
    wrong(
        &[],
        &[],
        "lisen = 1",
        &["config.toml, line 1: lisen: ", "did you mean listen?"],
    );
    wrong(
        &[],
        &[],
        "[p2p]\nx = 1",
        &["config.toml, line 1: p2p: ", "--help"],
    );
    wrong(
        &[],
        &[],
        "api = \"off\"\nlisten = ",
        &["config.toml, line 2"],
    );
    wrong(
        &[],
        &[],
        "blocks = [1]",
        &["blocks: must be a text, a number or a list of texts"],
    );
    wrong(
        &[],
        &[("ETM_NODE_LISEN", "x")],
        "",
        &["ETM_NODE_LISEN", "did you mean ETM_NODE_LISTEN?"],
    );
    wrong(
        &[],
        &[("ETM_NODE_listen", "1.2.3.4:1")],
        "",
        &["ETM_NODE_listen", "ETM_NODE_LISTEN"],
    );
    wrong(
        &[("listen", "localhost:1")],
        &[],
        "",
        &["--listen: `localhost:1` must be IP:PORT"],
    );
    wrong(&[("external", "node")], &[], "", &["--external: "]);
    wrong(&[("api", "on")], &[], "", &["--api: ", "or off"]);
    wrong(&[("blocks", "0")], &[], "", &["--blocks: ", "`all`"]);
    wrong(
        &[("pool_bytes", "1")],
        &[],
        "",
        &["--pool-bytes: `1` must be a number from"],
    );
    wrong(&[("threads", "-1")], &[], "", &["--threads: "]);
    wrong(
        &[("log_format", "yaml")],
        &[],
        "",
        &["--log-format: ", "text or json"],
    );
    wrong(&[("log", "=!")], &[], "", &["--log: "]);
    wrong(&[("chain_id", "ABC")], &[], "", &["--chain-id: must be 64"]);
    wrong(
        &[("key_file", "")],
        &[],
        "",
        &["--key-file: must name a file"],
    );
    wrong(
        &[("api", "off"), ("metrics", "api")],
        &[],
        "",
        &["address of their own"],
    );
    // Without the API there are no metrics beside it, which nobody asked for.
    assert_eq!(settle(&[("api", "off")], &[], "").unwrap().api, None);
}

/// The command line and the environment are said where the program is started; a file stays where it is.
#[test]
fn paths_count_from_where_they_were_said() {
    let files = |flags: &[(&'static str, &str)], variables: &[(&str, &str)], file: &str| {
        let flags = flags.iter().fold(Flags::default(), |flags, (name, value)| {
            flags.with(name, *value)
        });
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let file = Some((Path::new("etc/config.toml"), file));
        let settings = Settings::settle(&flags, variables, file, Path::new("var")).unwrap();
        let Some(Source::File(passphrase)) = settings.passphrase else {
            panic!("{settings:?}");
        };
        [settings.key_file, passphrase, settings.log.file.unwrap()]
            .map(|path| path.display().to_string())
    };
    let names = ["key_file", "passphrase_file", "log_file"];
    let file: String = names.map(|name| format!("{name} = \"{name}\"\n")).concat();
    assert_eq!(
        files(&[], &[], &file),
        names.map(|name| format!("etc/{name}"))
    );
    assert_eq!(files(&names.map(|name| (name, name)), &[], &file), names);
    let variables = [
        ("ETM_NODE_KEY_FILE", "key_file"),
        ("ETM_NODE_PASSPHRASE_FILE", "passphrase_file"),
        ("ETM_NODE_LOG_FILE", "log_file"),
    ];
    assert_eq!(files(&[], &variables, &file), names);
    let absolute = file.replace(" = \"", " = \"/run/");
    assert_eq!(
        files(&[], &[], &absolute),
        names.map(|name| format!("/run/{name}"))
    );
    // Keys are in the folder of the node if nothing is said.
    let usual = Settings::settle(&Flags::default(), [], None, Path::new("var")).unwrap();
    assert_eq!(usual.key_file, Path::new("var/node.key"));
}

#[test]
fn what_is_written_into_a_file_names_the_same_files_from_there() {
    let here = std::env::current_dir().unwrap();
    let flags = Flags::default()
        .with("key_file", "node/keys/its.key")
        .with("log_file", "node.log")
        .with("passphrase_file", "/run/pass")
        .with("external", "node:9100");
    let seen = flags.as_seen_from(Path::new("node")).unwrap();
    assert_eq!(seen.get("key_file"), Some("keys/its.key"));
    let log = here.join("node.log");
    assert_eq!(seen.get("log_file"), log.to_str());
    assert_eq!(seen.get("passphrase_file"), Some("/run/pass"));
    assert_eq!(seen.get("external"), Some("node:9100"));
}

#[test]
fn names_and_addresses_of_both_kinds_are_taken() {
    for external in [
        "node.example.org:9100",
        "192.0.2.1:9100",
        "[2001:db8::1]:9100",
    ] {
        let settings = settle(&[("external", external)], &[], "").unwrap();
        assert_eq!(settings.external.unwrap().as_str(), external);
    }
    let error = settle(&[("external", "0.0.0.0:9100")], &[], "").unwrap_err();
    assert!(error.contains("the address of no machine"), "{error}");
}

#[test]
fn upstreams_are_a_list_in_every_place() {
    let wanted = ["https://a.example", "http://b.example:8080"];
    let text = "https://a.example, http://b.example:8080";
    let upstreams = |settings: Result<Settings, String>| settings.unwrap().upstreams;
    assert_eq!(upstreams(settle(&[("upstreams", text)], &[], "")), wanted);
    assert_eq!(
        upstreams(settle(&[], &[("ETM_NODE_UPSTREAMS", text)], "")),
        wanted
    );
    let file = "upstreams = [\"https://a.example\", \"http://b.example:8080\"]";
    assert_eq!(upstreams(settle(&[], &[], file)), wanted);
    assert!(upstreams(settle(&[], &[], "upstreams = []")).is_empty());
    let error = settle(&[("upstreams", "a.example")], &[], "").unwrap_err();
    assert!(
        error.contains("--upstreams: ") && error.contains("a.example"),
        "{error}"
    );
}
