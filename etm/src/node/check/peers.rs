//! What others of the network say: their clock, their version, whether they are connected with this node, whether its address leads to it.

use super::{Finding, State, TIMEOUT, status_of, waiting};
use etm_client::Client;
use etm_node::network::preface;
use etm_types::{ChainId, NodeKey};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// By how much clocks may differ before it shows in a node's slots.
const SKEW: Duration = Duration::from_millis(500);

/// Compares with the node whose API is at `url`.
pub fn look(url: Option<&str>, chain: Option<ChainId>, node: Option<NodeKey>) -> Vec<Finding> {
    let Some(url) = url else {
        let text = "not compared: name another node's API with --peer";
        return vec![Finding::new("clock", State::Unknown, text)];
    };
    let (status, took) = match status_of(url) {
        Ok(answer) => answer,
        Err(failure) => return vec![Finding::new("peer", State::Warning, failure.to_string())],
    };
    if let Some(chain) = chain.filter(|chain| chain.0 != status.chain.id.0) {
        let text = format!(
            "{url} is of the chain {}, not of {chain}: choose another --peer",
            status.chain.id
        );
        return vec![Finding::new("peer", State::Bad, text)];
    }
    let mut findings = Vec::new();
    let own = env!("CARGO_PKG_VERSION");
    let theirs = &status.node.version;
    findings.push(if own == theirs {
        Finding::new("version", State::Ok, own)
    } else {
        Finding::new(
            "version",
            State::Warning,
            format!("{own} here, {theirs} at {url}: see whether an update is due"),
        )
    });
    findings.push(clock(status.sync.now_ms, took, status.chain.devnet));
    if let Some(node) = node {
        findings.push(connected(url, node));
    }
    findings
}

fn clock(theirs_ms: u64, took: Duration, devnet: bool) -> Finding {
    if devnet {
        return Finding::new(
            "clock",
            State::Unknown,
            "not compared: a devnet's clock may have been moved",
        );
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    // It was asked somewhere in between.
    let ours = now.saturating_sub(took / 2);
    let theirs = Duration::from_millis(theirs_ms);
    let (apart, word) = if ours > theirs {
        (ours - theirs, "ahead of")
    } else {
        (theirs - ours, "behind")
    };
    let text = format!(
        "{} ms {word} the peer's, give or take {} ms",
        apart.as_millis(),
        (took / 2).as_millis()
    );
    if apart > SKEW + took / 2 {
        Finding::new(
            "clock",
            State::Warning,
            format!("{text}: let this machine follow a time server (systemd-timesyncd, chrony)"),
        )
    } else {
        Finding::new("clock", State::Ok, text)
    }
}

fn connected(url: &str, node: NodeKey) -> Finding {
    let peers = Client::builder(url)
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| error.to_string())
        .and_then(|client| {
            let runtime = waiting().map_err(|failure| failure.to_string())?;
            runtime
                .block_on(client.peers())
                .map_err(|error| error.to_string())
        });
    match peers {
        Err(error) => Finding::new("peer", State::Unknown, error),
        Ok(peers) => match peers.peers.iter().find(|peer| peer.node_key.0 == node.0) {
            Some(peer) if peer.connected => Finding::new(
                "peer",
                State::Ok,
                format!("{url} is connected with this node"),
            ),
            Some(peer) => Finding::new(
                "peer",
                State::Warning,
                format!(
                    "{url} knows this node at {} and is not connected with it: does it run, and do the firewalls let peers in?",
                    peer.address.as_deref().unwrap_or("no address")
                ),
            ),
            None => Finding::new(
                "peer",
                State::Unknown,
                format!(
                    "{url} is not to be connected with this node, which works for no candidate or member"
                ),
            ),
        },
    }
}

/// Whether a node of the chain answers at the external address. From here: that it does so for others, only they can tell.
pub fn reach(external: &str, chain: ChainId, running: bool) -> Finding {
    if !running {
        return Finding::new(
            "external",
            State::Unknown,
            format!("{external} is not tried: the node does not run"),
        );
    }
    match preface::probe(external, &chain, TIMEOUT) {
        Ok(()) => Finding::new(
            "external",
            State::Ok,
            format!("a node of the chain answers at {external}, as seen from here"),
        ),
        Err(reason) => Finding::new(
            "external",
            State::Warning,
            format!(
                "{external}, as seen from here: {reason}; does it lead to `listen` of this node?"
            ),
        ),
    }
}
