//! What a shell may offer for the word that is being typed: commands, options, and values as they are now - miners, keys, contacts. Files only where a
//! file is wanted; nothing is offered where nothing is known, and no node is waited for longer than a person would.
//!
//! A shell asks by running the program with the words so far and, in [`VARIABLE`], the number of the one being typed. Answers stand one a line.

use crate::{
    config::{Globals, Settings},
    contacts::Contacts,
    see,
};
use clap::{Arg, Args, Command, FromArgMatches, ValueHint};
use etm_client::Client;
use etm_types::api::query::{MINERS_PAGE_MAX, MinersQuery};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(1);

/// The variable by which a shell asks for completions.
pub const VARIABLE: &str = "ETM_COMPLETE";

/// The lab's scenarios; a test of the command holds them against its own list.
const PRESETS: [&str; 7] = [
    "holders-40k",
    "splitting",
    "time-gain",
    "attack",
    "best-response-year",
    "withholding",
    "small",
];

/// What a value stands for, if it is known.
enum Kind {
    Miner,
    Account,
    Key,
    Contact,
    Words(Vec<String>),
    File,
    Other,
}

/// The candidates that a shell asks for, one a line; none if none asks.
pub fn asked(tree: Command) -> Option<String> {
    let number: usize = std::env::var(VARIABLE).ok()?.parse().ok()?;
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let mut text = String::new();
    for candidate in candidates(tree, &words, number.saturating_sub(1)) {
        text.push_str(&candidate);
        text.push('\n');
    }
    Some(text)
}

/// Candidates for the word `number`, counted from 0 behind the program's name, which may be empty or not there yet.
pub fn candidates(mut tree: Command, words: &[String], number: usize) -> Vec<String> {
    tree.build();
    let (before, typed) = words.split_at(number.min(words.len()));
    let typed = typed.first().map_or("", String::as_str);
    let mut command = &tree;
    let mut places = 0usize;
    let mut waiting: Option<&Arg> = None;
    let mut only_places = false;
    for word in before {
        if waiting.take().is_some() {
            continue;
        }
        if word == "--" {
            only_places = true;
        } else if let Some(option) = word.strip_prefix("--").filter(|_| !only_places) {
            waiting = long(command, option);
        } else if let (Some(short), false) = (word.strip_prefix('-'), only_places) {
            waiting = last_short(command, short);
        } else if let Some(child) = command.find_subcommand(word).filter(|_| places == 0) {
            command = child;
        } else {
            places = places.saturating_add(1);
        }
    }
    let mut found = Vec::new();
    let (prefix, typed) = match (waiting, typed.split_once('=')) {
        (Some(option), _) => {
            found = values(option, typed, before);
            (String::new(), typed)
        }
        (None, Some((name, typed))) if name.starts_with("--") => {
            let option = command
                .get_arguments()
                .find(|option| option.get_long() == name.strip_prefix("--"));
            if let Some(option) = option {
                found = values(option, typed, before);
            }
            (format!("{name}="), typed)
        }
        _ => {
            if typed.starts_with('-') && !only_places {
                let shown = command
                    .get_arguments()
                    .filter(|option| !option.is_hide_set());
                found.extend(shown.filter_map(|option| Some(format!("--{}", option.get_long()?))));
            } else {
                let children = command
                    .get_subcommands()
                    .filter(|child| !child.is_hide_set());
                if places == 0 {
                    found.extend(children.map(|child| child.get_name().to_owned()));
                }
                let place = command.get_positionals().nth(places);
                let last = command.get_positionals().last();
                let endless = last.filter(|last| {
                    last.get_num_args()
                        .is_some_and(|count| count.max_values() > 1)
                });
                if let Some(place) = place.or(endless) {
                    found.extend(values(place, typed, before));
                }
            }
            (String::new(), typed)
        }
    };
    found.retain(|candidate| candidate.starts_with(typed));
    found.sort();
    found.dedup();
    found
        .iter()
        .map(|candidate| format!("{prefix}{candidate}"))
        .collect()
}

/// The option of that name, if its value is the next word.
fn long<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let mut options = command.get_arguments();
    options.find(|option| option.get_long() == Some(name) && takes_value(option))
}

/// The last of some letters, if its value is the next word.
fn last_short<'a>(command: &'a Command, letters: &str) -> Option<&'a Arg> {
    let last = letters.chars().last()?;
    let mut options = command.get_arguments();
    options.find(|option| option.get_short() == Some(last) && takes_value(option))
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

/// What an argument stands for: by its name, and by what its value is called.
fn kind(argument: &Arg) -> Kind {
    let words: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect();
    if !words.is_empty() && takes_value(argument) {
        return Kind::Words(words);
    }
    let names = argument.get_value_names().unwrap_or_default();
    let list = |words: &[&str]| Kind::Words(words.iter().map(|word| (*word).to_owned()).collect());
    match (
        argument.get_id().as_str(),
        names.first().map(|name| name.as_str()),
    ) {
        (_, Some("MINER")) => Kind::Miner,
        (_, Some("ACCOUNT" | "TO")) => Kind::Account,
        ("key", _) | (_, Some("KEY")) => Kind::Key,
        (_, Some("CONTACT")) => Kind::Contact,
        (_, Some("COLUMN")) => list(&see::COLUMNS),
        (_, Some("TAB")) => list(&see::TABS),
        (_, Some("PRESET")) => list(&PRESETS),
        (_, Some(name))
            if ["FILE", "FOLDER", "DIR"]
                .iter()
                .any(|part| name.contains(part)) =>
        {
            Kind::File
        }
        _ => match argument.get_value_hint() {
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => Kind::File,
            _ => Kind::Other,
        },
    }
}

fn values(argument: &Arg, typed: &str, before: &[String]) -> Vec<String> {
    let settings = || settings(before);
    match kind(argument) {
        Kind::Words(words) => words,
        Kind::File => files(typed),
        Kind::Other => Vec::new(),
        Kind::Miner => settings()
            .map(|settings| miners(&settings))
            .unwrap_or_default(),
        Kind::Key => settings()
            .map(|settings| keys(&settings))
            .unwrap_or_default(),
        Kind::Contact => settings()
            .map(|settings| contacts(&settings))
            .unwrap_or_default(),
        Kind::Account => {
            let both = |settings: Settings| [keys(&settings), contacts(&settings)].concat();
            settings().map(both).unwrap_or_default()
        }
    }
}

/// The options that were typed so far, as far as they matter here, with environment and configuration file behind them.
fn settings(before: &[String]) -> Option<Settings> {
    let mut line = vec!["etm".to_owned()];
    let mut words = before.iter().peekable();
    while let Some(word) = words.next() {
        for option in ["--node", "--keys", "--config"] {
            if word == option {
                line.extend(words.peek().map(|value| format!("{option}={value}")));
            } else if word.starts_with(&format!("{option}=")) {
                line.push(word.clone());
            }
        }
    }
    let matches = Globals::augment_args(Command::new("etm"))
        .try_get_matches_from(line)
        .ok()?;
    Settings::settle(&Globals::from_arg_matches(&matches).ok()?).ok()
}

fn keys(settings: &Settings) -> Vec<String> {
    let keys = settings.keystore().and_then(|keystore| keystore.list());
    keys.unwrap_or_default()
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

fn contacts(settings: &Settings) -> Vec<String> {
    let path = settings.contacts.as_deref();
    let contacts = path.and_then(|path| Contacts::read(path).ok());
    contacts
        .unwrap_or_default()
        .names()
        .map(str::to_owned)
        .collect()
}

fn miners(settings: &Settings) -> Vec<String> {
    let client = Client::builder(&settings.node)
        .timeout(PATIENCE)
        .retries(0)
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let (Ok(client), Ok(runtime)) = (client, runtime) else {
        return Vec::new();
    };
    let query = MinersQuery {
        limit: Some(MINERS_PAGE_MAX),
        ..MinersQuery::default()
    };
    let page = runtime.block_on(client.miners(&query));
    let names = page.map(|page| page.miners).unwrap_or_default().into_iter();
    // Whatever else a node tells is not put on a command line.
    let names = names.map(|miner| miner.name);
    names
        .filter(|name| etm_types::MinerName::new(name).is_ok())
        .collect()
}

/// Files and folders that begin like this; folders end in `/`.
fn files(typed: &str) -> Vec<String> {
    let folder = typed
        .rfind('/')
        .map_or("", |end| typed.get(..=end).unwrap_or_default());
    let shown = std::fs::read_dir(if folder.is_empty() { "." } else { folder });
    let entries = shown.into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let end = if entry.path().is_dir() { "/" } else { "" };
            Some(format!("{folder}{}{end}", entry.file_name().to_str()?))
        })
        .collect()
}

/// The script that makes a shell ask; none for a shell that is not known.
pub fn script(shell: &str) -> Option<&'static str> {
    Some(match shell {
        "bash" => BASH,
        "zsh" => ZSH,
        "fish" => FISH,
        "elvish" => ELVISH,
        "powershell" => POWERSHELL,
        _ => return None,
    })
}

const BASH: &str = r#"_etm() {
    local IFS=$'\n' line
    COMPREPLY=()
    while read -r line; do
        COMPREPLY+=("$(printf '%q' "$line")")
        case "$line" in */ | *=) compopt -o nospace ;; esac
    done < <(ETM_COMPLETE=$COMP_CWORD "${COMP_WORDS[0]}" "${COMP_WORDS[@]:1}" 2>/dev/null)
}
complete -F _etm etm
"#;

const ZSH: &str = r#"#compdef etm
_etm() {
    local -a found
    found=("${(@f)$(ETM_COMPLETE=$((CURRENT - 1)) "${words[1]}" "${(@)words[2,-1]}" 2>/dev/null)}")
    [[ -n "$found" ]] && compadd -Q -S '' -- "${(@q)found}"
}
if [ "$funcstack[1]" = "_etm" ]; then _etm "$@"; else compdef _etm etm; fi
"#;

const FISH: &str = r#"function __etm_complete
    set -l words (commandline -opc) (commandline -ct)
    ETM_COMPLETE=(math (count $words) - 1) command $words[1] $words[2..-1] 2>/dev/null
end
complete -c etm -f -a '(__etm_complete)'
"#;

const ELVISH: &str = r#"set edit:completion:arg-completer[etm] = {|@words|
    tmp E:ETM_COMPLETE = (- (count $words) 1)
    (external $words[0]) $@words[1..] 2>/dev/null
}
"#;

const POWERSHELL: &str = r#"Register-ArgumentCompleter -Native -CommandName etm -ScriptBlock {
    param($word, $ast, $position)
    $words = @($ast.CommandElements | ForEach-Object { $_.ToString() })
    if ($word -eq '') { $words += '' }
    $env:ETM_COMPLETE = $words.Count - 1
    & $words[0] @($words | Select-Object -Skip 1) 2>$null
    Remove-Item Env:ETM_COMPLETE
}
"#;
