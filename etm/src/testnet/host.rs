//! The hosts of a network and what each of them is given.

use crate::{
    failure::Failure,
    node::{
        CONFIG_FILE, GENESIS_FILE,
        init::write_new,
        settings::{Flags, file_text},
    },
};
use etm_execution::Genesis;
use etm_types::{DialAddress, MinerSecrets};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    net::{IpAddr, SocketAddr},
    path::Path,
};

/// The unit file of a single node, from which those of hosts are made.
const UNIT: &str = include_str!("../../../ops/etm.service");
/// Where the files of a host lie on it.
const HOME: &str = "/var/lib/etm";

#[derive(Debug)]
pub struct Host {
    /// The name of its folder.
    pub folder: String,
    /// Its name or address.
    pub name: String,
    /// Its nodes.
    pub sites: Vec<Site>,
}

/// A node of a host.
#[derive(Debug)]
pub struct Site {
    /// The number of its miner.
    pub miner: usize,
    /// The name of its folder in that of the host.
    pub folder: String,
    /// Where it is reached.
    pub dial: DialAddress,
    /// Port of its API.
    pub api: u16,
    /// Its keys, once they are made.
    pub secrets: Option<MinerSecrets>,
    listen: SocketAddr,
    private: bool,
}

/// The hosts named so, with so many nodes each.
///
/// # Errors
/// [`Failure::Input`] that names what is wrong.
pub fn all(names: &[String], miners: u16, api_port: u16) -> Result<Vec<Host>, Failure> {
    let mut hosts = Vec::new();
    let (mut folders, mut dials) = (BTreeSet::new(), BTreeSet::new());
    let mut miner = 0;
    let mut machine = None;
    for text in names {
        let wrong =
            |reason: &dyn std::fmt::Display| Failure::Input(format!("--host {text}: {reason}"));
        let (name, port) = text
            .rsplit_once(':')
            .ok_or_else(|| wrong(&format!("has no port: write {text}:7000, say")))?;
        let first = DialAddress::of_machine(text.clone()).map_err(|error| wrong(&error))?;
        let reach = first.reach();
        if *machine.get_or_insert(reach) != reach {
            return Err(wrong(
                &"a network is on this machine alone, with no host but 127.0.0.1 and the like, or on hosts that reach each other, with none of these",
            ));
        }
        let port: u16 = port.parse().map_err(|_| wrong(&"has no port"))?;
        let address: Option<IpAddr> = name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok();
        let mut folder = name.trim_matches(['[', ']']).replace(':', "_");
        if folders.contains(&folder) {
            folder = format!("{folder}-{port}");
        }
        if !folders.insert(folder.clone()) {
            return Err(wrong(&"is given twice"));
        }
        let mut sites = Vec::new();
        for index in 0..miners {
            let beyond = || wrong(&format!("node {index} would get a port above 65535"));
            let port = port.checked_add(index).ok_or_else(beyond)?;
            let dial = DialAddress::new(format!("{name}:{port}")).map_err(|error| wrong(&error))?;
            if !dials.insert(dial.as_str().to_owned()) {
                return Err(wrong(&format!("{dial} is taken by another node")));
            }
            let any = match address {
                Some(IpAddr::V6(_)) => IpAddr::from([0_u16; 8]),
                _ => IpAddr::from([0_u8; 4]),
            };
            sites.push(Site {
                miner,
                folder: format!("node-{index}"),
                dial,
                api: api_port.checked_add(index).ok_or_else(beyond)?,
                secrets: None,
                listen: SocketAddr::new(any, port),
                private: address.is_some_and(is_private),
            });
            miner += 1;
        }
        hosts.push(Host {
            folder,
            name: name.to_owned(),
            sites,
        });
    }
    // One host that others reach only within their own network makes all of them dial such.
    if hosts
        .iter()
        .flat_map(|host| &host.sites)
        .any(|site| site.private)
    {
        for site in hosts.iter_mut().flat_map(|host| &mut host.sites) {
            site.private = true;
        }
    }
    Ok(hosts)
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

impl Host {
    /// Writes everything but the keys.
    ///
    /// # Errors
    /// [`Failure`] if a file can't be written.
    pub fn write(&self, folder: &Path, genesis: &str, chain: &str) -> Result<(), Failure> {
        let home = folder.join(&self.folder);
        for site in &self.sites {
            let node = home.join(&site.folder);
            fs::create_dir_all(&node)
                .map_err(|error| Failure::Failed(format!("{}: {error}", node.display())))?;
            write_new(&node.join(GENESIS_FILE), genesis)?;
            let mut flags = Flags::default()
                .with("chain_id", chain)
                .with("listen", site.listen.to_string())
                .with("external", site.dial.as_str())
                .with(
                    "api",
                    SocketAddr::new(site.listen.ip(), site.api).to_string(),
                );
            if site.private {
                flags = flags.with("private_addresses", "true");
            }
            write_new(&node.join(CONFIG_FILE), &file_text(&flags))?;
            write_new(&home.join(unit_name(site)), &unit(site))?;
        }
        write_new(&home.join("compose.yaml"), &compose(&self.sites))?;
        write_new(&home.join("install.sh"), &install(&self.sites))
    }
}

fn unit_name(site: &Site) -> String {
    format!("etm-{}.service", site.folder)
}

fn unit(site: &Site) -> String {
    UNIT.lines()
        // Its head says how to make what is made here.
        .skip_while(|line| line.starts_with('#'))
        .map(|line| line.replace(HOME, &format!("{HOME}/{}", site.folder)) + "\n")
        .collect()
}

fn compose(sites: &[Site]) -> String {
    let mut text = String::from(
        "# The nodes of this host in containers, instead of `sh install.sh`. The program `etm` must lie beside this file.\nservices:\n",
    );
    for site in sites {
        let name = &site.folder;
        let _ = write!(
            text,
            "  {name}:\n    image: debian:stable-slim\n    command: [\"/etm\", \"node\", \"run\", \"--data\", \"/node\"]\n    \
             volumes: [\"./etm:/etm:ro\", \"./{name}:/node\"]\n    network_mode: host\n    restart: on-failure\n    \
             stop_grace_period: 30s\n    ulimits: {{ nofile: 65536 }}\n"
        );
    }
    text
}

fn install(sites: &[Site]) -> String {
    let units: Vec<String> = sites.iter().map(unit_name).collect();
    let units = units.join(" ");
    format!(
        "#!/bin/sh\n# Starts the nodes of this host by systemd, as root. The program must lie at /usr/local/bin/etm.\nset -eu\ncd {HOME}\n\
         id etm >/dev/null 2>&1 || useradd --system --home-dir {HOME} --shell /usr/sbin/nologin etm\nchown -R etm:etm {HOME}\n\
         cp {units} /etc/systemd/system/\nsystemctl daemon-reload\nsystemctl enable --now {units}\n"
    )
}

/// What to do with the folders.
pub fn readme(genesis: &Genesis, hosts: &[Host]) -> String {
    let chain = genesis.chain();
    let mut text = format!(
        "# {}\n\nChain id `{}`, {} miners on {} hosts.\n\n## Start it\n\nThree commands for each host, from where `etm` is installed (`command -v etm` names it): copy, start, look. \
         {HOME} must not be there before: `scp` would copy into it.\n",
        chain.name,
        chain.id,
        genesis.draft().miners.len(),
        hosts.len()
    );
    for host in hosts {
        let Host { name, folder, .. } = host;
        let ssh = name.trim_matches(['[', ']']);
        let api = host.sites.first().map_or(0, |site| site.api);
        let _ = write!(
            text,
            "\n```console\n$ scp -pr {folder} root@{name}:{HOME} && scp \"$(command -v etm)\" root@{name}:/usr/local/bin/etm\n\
             $ ssh root@{ssh} sh {HOME}/install.sh\n$ etm status --node http://{name}:{api}\n```\n"
        );
    }
    text.push_str(
        "\nWhere there is no systemd: with the program `etm` beside it, `docker compose up -d` in a host's folder does the same.\n\n\
         A host's folder holds the secret keys of its nodes: remove it here once it is copied, and never let the same keys run twice.\n\
         Ports to open on each host: those of its nodes for peers, and those of the API for everybody who is to look or follow.\n\n\
         ## Accounts\n\n`owners/` stays here. Each `miner-N/owner.key` is the account that owns a miner, `treasury/owner.key` has all that\n\
         nobody else was given:\n\n```console\n$ etm keys import treasury --seed --secret-file owners/treasury/owner.key\n```\n\n\
         ## Join it\n\n`genesis.json` is the network: whoever has it, or the chain id and the address of any node, joins.\n",
    );
    let first = hosts
        .first()
        .and_then(|host| Some((&host.name, host.sites.first()?.api)));
    if let Some((name, api)) = first {
        let _ = write!(
            text,
            "\n```console\n$ etm node init --genesis http://{name}:{api} --chain-id {} --miner --external HOST:PORT --listen 0.0.0.0:PORT\n```\n",
            chain.id
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&str], miners: u16) -> Result<Vec<Host>, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        all(&names, miners, 8080).map_err(|failure| failure.to_string())
    }

    #[test]
    fn nodes_of_a_host_have_ports_of_their_own() {
        let hosts = hosts(&["a.example:7000", "[2001:db8::1]:7000"], 2).unwrap();
        let dials: Vec<&str> = hosts
            .iter()
            .flat_map(|host| &host.sites)
            .map(|site| site.dial.as_str())
            .collect();
        assert_eq!(
            dials,
            [
                "a.example:7000",
                "a.example:7001",
                "[2001:db8::1]:7000",
                "[2001:db8::1]:7001"
            ]
        );
        assert_eq!(hosts[1].folder, "2001_db8__1");
        assert_eq!(hosts[1].sites[1].listen.to_string(), "[::]:7001");
        assert_eq!((hosts[1].sites[1].miner, hosts[1].sites[1].api), (3, 8081));
        assert!(
            hosts
                .iter()
                .flat_map(|host| &host.sites)
                .all(|site| !site.private)
        );
    }

    #[test]
    fn one_private_host_makes_all_dial_private_addresses() {
        let hosts = hosts(&["a.example:7000", "10.0.0.1:7000"], 1).unwrap();
        assert!(
            hosts
                .iter()
                .flat_map(|host| &host.sites)
                .all(|site| site.private)
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (names, miners, part) in [
            (vec!["a.example"], 1, "--host a.example: "),
            (vec!["a:70000"], 1, "--host a:70000: "),
            (vec!["zz"], 1, "--host zz: has no port"),
            (vec!["0.0.0.0:1"], 1, "the address of no machine"),
            (vec!["a:1", "224.0.0.1:1"], 1, "the address of no machine"),
            (
                vec!["a:1", "127.0.0.1:1"],
                1,
                "127.0.0.1:1: a network is on",
            ),
            (
                vec!["localhost:1", "10.0.0.1:1"],
                1,
                "10.0.0.1:1: a network",
            ),
            (vec!["a:1", "a:1"], 1, "taken by another node"),
            (vec!["a:1", "a:2"], 2, "a:2 is taken by another node"),
            (vec!["a:65535"], 2, "above 65535"),
        ] {
            let error = hosts(&names, miners).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
