//! What is said of each setting, and where.

use super::keys::{Flags, KEYS, Key, find};
use crate::failure::Failure;
use etm_wallet::toml_lines::{self, Entry};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// How the variables of a node begin.
const PREFIX: &str = "ETM_NODE_";

/// Values by the names of their settings.
pub struct Values(BTreeMap<&'static str, Said>);

/// A value that was given.
struct Said {
    value: String,
    /// Where it stands.
    origin: String,
    /// What a path counts from; the working folder if it is empty.
    base: PathBuf,
}

impl Said {
    const fn here(value: String, origin: String) -> Self {
        Self {
            value,
            origin,
            base: PathBuf::new(),
        }
    }
}

impl Values {
    /// Collects them: the command line comes before the environment, the environment before the file.
    ///
    /// # Errors
    /// [`Failure::Input`] for a setting that doesn't exist, or a file that is no TOML.
    pub fn collect(
        flags: &Flags,
        variables: impl IntoIterator<Item = (String, String)>,
        file: Option<(&Path, &str)>,
    ) -> Result<Self, Failure> {
        let mut values = BTreeMap::new();
        if let Some((path, text)) = file {
            let name = path.display().to_string();
            for (key, value, line) in read(&name, text)? {
                let said = Said {
                    value,
                    origin: format!("{name}, line {line}: {}", key.name),
                    base: path.parent().map(Path::to_owned).unwrap_or_default(),
                };
                values.insert(key.name, said);
            }
        }
        for (variable, value) in variables {
            let Some(name) = variable.strip_prefix(PREFIX) else {
                continue;
            };
            // Where settings and folder are is said beside the settings.
            if matches!(name, "DATA" | "CONFIG") {
                continue;
            }
            let key = find(&name.to_ascii_lowercase())
                .filter(|_| !name.bytes().any(|letter| letter.is_ascii_lowercase()))
                .ok_or_else(|| {
                    unknown(&variable, name, |near| {
                        format!("{PREFIX}{}", near.to_ascii_uppercase())
                    })
                })?;
            // Set to nothing is not set.
            if !value.is_empty() {
                values.insert(key.name, Said::here(value, variable));
            }
        }
        for key in KEYS {
            if let Some(value) = flags.get(key.name) {
                let origin = format!("--{}", key.flag);
                values.insert(key.name, Said::here(value.to_owned(), origin));
            }
        }
        Ok(Self(values))
    }

    /// Whether something is said of a setting.
    pub fn given(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The value of a setting that has no default.
    ///
    /// # Errors
    /// [`Failure::Input`] that says where the wrong value stands.
    pub fn optional<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let Some(Said { value, origin, .. }) = self.0.get(name) else {
            return Ok(None);
        };
        parse(value)
            .map(Some)
            .map_err(|reason| Failure::Input(format!("{origin}: {reason}")))
    }

    /// The file that a setting names, from the working folder.
    ///
    /// # Errors
    /// As [`Self::optional`].
    pub fn path(&self, name: &str) -> Result<Option<PathBuf>, Failure> {
        let base = self.0.get(name).map(|said| said.base.as_path());
        self.optional(name, |text| match text {
            "" => Err("must name a file".into()),
            text => Ok(base.unwrap_or(Path::new("")).join(text)),
        })
    }

    /// The value of a setting, or its default.
    ///
    /// # Errors
    /// As [`Self::optional`].
    pub fn get<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        if let Some(value) = self.optional(name, &parse)? {
            return Ok(value);
        }
        let default = find(name).map(|key| key.default).unwrap_or_default();
        parse(default).map_err(|reason| Failure::Failed(format!("the default of {name}: {reason}")))
    }
}

/// The values in the text of the file `name`, with their lines.
fn read(name: &str, text: &str) -> Result<Vec<(&'static Key, String, usize)>, Failure> {
    let entries =
        toml_lines::entries(text).map_err(|reason| Failure::Input(format!("{name}, {reason}")))?;
    let mut values = Vec::new();
    for Entry {
        name: written,
        value,
        line,
    } in entries
    {
        let origin = format!("{name}, line {line}: {written}");
        let key = find(&written).ok_or_else(|| unknown(&origin, &written, str::to_owned))?;
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(value) => value.to_string(),
            toml::Value::Array(texts) if texts.iter().all(toml::Value::is_str) => {
                let texts: Vec<&str> = texts.iter().filter_map(toml::Value::as_str).collect();
                texts.join(",")
            }
            other => {
                let kind = other.type_str();
                return Err(Failure::Input(format!(
                    "{origin}: must be a text, a number or a list of texts, not a value of type {kind}"
                )));
            }
        };
        values.push((key, value, line));
    }
    Ok(values)
}

/// There is no such setting; one with a similar name is offered in the form `spell` gives it.
fn unknown(origin: &str, name: &str, spell: impl Fn(&str) -> String) -> Failure {
    let names = KEYS.iter().map(|key| key.name);
    let advice = match etm_wallet::suggest::nearest(name, names) {
        Some(near) => format!("did you mean {}?", spell(near)),
        None => "`etm node run --help` lists all".to_owned(),
    };
    Failure::Input(format!("{origin}: there is no such setting; {advice}"))
}
