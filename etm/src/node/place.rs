//! Where the node is that a command is about, and what it is told.

use super::{
    CONFIG_FILE, FOLDER,
    settings::{Flags, Settings},
};
use crate::failure::Failure;
use clap::{ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};
use std::{
    env,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// The longest settings file that is read.
const MAX_CONFIG_BYTES: u64 = 64 * 1024;

/// Where a node's files are and what was said on the command line.
#[derive(Clone, Debug)]
pub struct NodeArgs {
    data: Option<PathBuf>,
    config: Option<PathBuf>,
    flags: Flags,
}

#[derive(Args)]
struct Places {
    /// The folder of the node [default: that of the settings file, or etm-node]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The settings file [default: config.toml in the folder of the node]
    // The wallet has an option of this name for all commands, so that this one takes its place here.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Args for NodeArgs {
    fn augment_args(command: Command) -> Command {
        Flags::augment_args(Places::augment_args(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for NodeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let places = Places::from_arg_matches(matches)?;
        // ETM_CONFIG is the wallet's.
        let said = matches.value_source("config") == Some(ValueSource::CommandLine);
        Ok(Self {
            data: places.data,
            config: places.config.filter(|_| said),
            flags: Flags::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A node's folder with its settings.
pub struct Place {
    pub folder: PathBuf,
    pub settings: Settings,
}

impl NodeArgs {
    /// The node of a folder, with what its file and the environment say.
    pub fn of_folder(data: &Path) -> Self {
        Self {
            data: Some(data.to_owned()),
            config: None,
            flags: Flags::default(),
        }
    }

    /// Finds the folder and settles the settings.
    ///
    /// # Errors
    /// [`Failure::Input`] that says what is missing or wrong.
    pub fn place(&self) -> Result<Place, Failure> {
        let variable = |name: &str| {
            env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let data = self.data.clone().or_else(|| variable("ETM_NODE_DATA"));
        let config = self.config.clone().or_else(|| variable("ETM_NODE_CONFIG"));
        let folder = match (data, &config) {
            (Some(data), _) => data,
            (None, Some(config)) => match config.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
                _ => PathBuf::from("."),
            },
            (None, None) => PathBuf::from(FOLDER),
        };
        let file = config.unwrap_or_else(|| folder.join(CONFIG_FILE));
        let text = etm_wallet::files::read_text(&file, MAX_CONFIG_BYTES).map_err(|reason| {
            let advice = if file.exists() {
                ""
            } else {
                "; `etm node init` makes a node's folder, --data says where it is"
            };
            Failure::Input(format!("{}: {reason}{advice}", file.display()))
        })?;
        // A variable that is not text can be none of a setting: those are ASCII.
        let variables = env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let settings = Settings::settle(&self.flags, variables, Some((&file, &text)), &folder)?;
        Ok(Place { folder, settings })
    }
}

impl Place {
    /// Where the API of the node is reached from here.
    ///
    /// # Errors
    /// [`Failure::Input`] if it has none.
    pub fn url(&self) -> Result<String, Failure> {
        let api = self.settings.api.ok_or_else(|| {
            Failure::Input(format!(
                "{}: the node has no API (`api` is off), which alone could tell",
                self.folder.display()
            ))
        })?;
        Ok(url_of(api))
    }
}

/// Where a node that has its API at an address is asked from here.
pub(super) fn url_of(api: SocketAddr) -> String {
    format!("http://{}", reachable(api))
}

/// Where a listener is reached from here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
