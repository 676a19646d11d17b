//! The wallet as a script uses it, in a home of its own.

use crate::devnet::Devnet;
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

pub struct Home {
    folder: tempfile::TempDir,
    node: String,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new(devnet: &Devnet) -> Self {
        let wallet = Self {
            folder: tempfile::tempdir().unwrap(),
            node: devnet.url(),
        };
        wallet.write("pass", "correct horse battery staple");
        wallet
    }

    pub fn write(&self, name: &str, text: &str) {
        // Some of it is secret.
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The node's.
    pub fn url(&self) -> String {
        self.node.clone()
    }

    /// The address of a key.
    pub fn address(&self, key: &str) -> String {
        let shown = self.json(&["keys", "show", key]);
        shown["address"].as_str().unwrap().to_owned()
    }

    /// The environment of commands.
    pub fn environment(&self) -> [(&'static str, std::ffi::OsString); 3] {
        [
            ("HOME", self.folder.path().into()),
            ("ETM_NODE", self.node.clone().into()),
            ("ETM_KEY", "voter".into()),
        ]
    }

    /// A command with nothing of the caller's configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_etm"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.environment())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        let ended = Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        for text in [&ended.out, &ended.err] {
            assert!(
                !text.contains("correct horse"),
                "a secret is shown: {arguments:?}"
            );
        }
        ended
    }

    /// Starts a command that takes its time.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What a command that must succeed prints.
    pub fn text(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
        ended.out
    }

    /// What a signing command shows before it signs: the transaction is only prepared.
    pub fn preview(&self, arguments: &[&str]) -> String {
        // No file is overwritten.
        let _ = fs::remove_file(self.path("draft.json"));
        let ended = self.run(&[arguments, &["--unsigned", "--out", "draft.json"]].concat());
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
        ended.err
    }

    /// The same as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let text = self.text(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// A command that signs, without questions.
    pub fn signed(&self, arguments: &[&str]) -> Value {
        self.json(&[arguments, &["--yes", "--passphrase-file", "pass"]].concat())
    }
}

/// A decimal string as a number.
pub fn units(value: &Value) -> u128 {
    let number = value.as_str().and_then(|text| text.parse().ok());
    number.unwrap_or_else(|| panic!("{value} is no amount"))
}

fn assert_valid(schema: &Value, name: &str, instance: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
}

/// Checks JSON against a shape of the wallet.
pub fn assert_shape(name: &str, instance: &Value) {
    let mut schema: Value =
        serde_json::from_str(include_str!("../../../wallet/schemas.json")).unwrap();
    schema["$ref"] = format!("#/$defs/{name}").into();
    assert_valid(&schema, name, instance);
}

/// Checks JSON against a shape of the API.
pub fn assert_api_shape(name: &str, instance: &Value) {
    let document: Value = serde_json::from_str(include_str!("../../../api/openapi.json")).unwrap();
    let schema = serde_json::json!({ "$ref": format!("#/components/schemas/{name}"), "components": document["components"] });
    assert_valid(&schema, name, instance);
}
