//! Followers at home, where nothing comes in: one that follows another there, one that has liars among its upstreams, and one that has liars only.

use crate::{
    liar::{self, LIES, Lie, TRUE, WITHHELD},
    story::eventually,
    world::{API, DESK_ADDRESS, World},
};
use serde_json::Value;
use std::{
    net::{TcpStream, ToSocketAddrs as _},
    time::Duration,
};

/// Their host.
pub const HOME: &str = "home";
/// Follows a founder, and liars before it.
const FIRST: u16 = API;
/// Follows that one.
const SECOND: u16 = API + 1;
/// From here on each follows one liar alone.
const MISLED: u16 = API + 2;

/// Starts them; answers the addresses of the liars.
pub fn begin(world: &mut World, members: usize) -> Vec<String> {
    world.network(&format!("closed {HOME}"));
    let (founder, chain) = {
        let status = world.get("b", "status").unwrap();
        let id = status["chain"]["id"].as_str().unwrap();
        (
            format!("http://{}:{API}", world.address_of("b")),
            id.to_owned(),
        )
    };
    let node = (world.address_of("a").to_owned(), API);
    let liars: Vec<String> = LIES
        .iter()
        .map(|lie| liar::start(*lie, DESK_ADDRESS, node.clone(), members))
        .collect();
    let with_liars = [&liars[..], std::slice::from_ref(&founder)]
        .concat()
        .join(",");
    let mut nodes = vec![
        (FIRST, with_liars),
        (SECOND, format!("http://127.0.0.1:{FIRST}")),
    ];
    nodes.extend((MISLED..).zip(liars.clone()));
    for (api, upstreams) in nodes {
        let name = format!("{HOME}-{api}");
        let init = ["node", "init", "--genesis", &founder, "--chain-id", &chain];
        let more = ["--upstreams", &upstreams, "--data", &name];
        world.etm(&[&init[..], &more].concat());
        let data = world.home.path().join(&name);
        world.start(HOME, &data, api);
    }
    let address = format!("{}:{FIRST}", world.address_of(HOME));
    let address = address.to_socket_addrs().unwrap().next().unwrap();
    let tried = TcpStream::connect_timeout(&address, Duration::from_secs(3));
    assert!(tried.is_err(), "somebody came in");
    liars
}

fn tip(world: &World, api: u16) -> Option<(u64, Value)> {
    let status = world.get_inside(HOME, api, "status")?;
    let tip = &status["tip"];
    Some((tip["height"].as_u64()?, tip["hash"].clone()))
}

/// Whoever lies is put aside, and gave nothing that was taken.
pub fn knows_liars(world: &World, liars: &[String]) {
    for (lie, liar) in LIES.iter().zip(liars) {
        let (most, aside) = match lie {
            Lie::OtherBlock | Lie::OtherCommittee => (TRUE, true),
            Lie::Withheld => (WITHHELD, false),
            Lie::Endless => (0, true),
        };
        // After a while it is asked again, and put aside again.
        let upstream = eventually("a liar is put aside", || {
            let peers = world.get_inside(HOME, FIRST, "peers")?;
            let mut upstreams = peers["upstreams"].as_array()?.iter();
            let upstream = upstreams.find(|upstream| upstream["address"] == **liar)?;
            (upstream["aside"].is_string() == aside).then(|| upstream.clone())
        });
        let blocks = upstream["blocks"].as_u64().unwrap();
        assert!(blocks <= most, "{lie:?}: {upstream}");
    }
    world.say("liars are put aside");
}

/// They are where the others are, on the same chain, and who knows liars alone believed nothing of it.
pub fn is_well(world: &World) {
    for api in [FIRST, SECOND] {
        let height = world.height("b").unwrap();
        let (height, hash) = eventually("a follower at home is at the tip", || {
            tip(world, api).filter(|(own, _)| *own >= height)
        });
        assert_eq!(hash, true_hash(world, height), "block {height} of {api}");
    }
    for (lie, api) in LIES.iter().zip(MISLED..) {
        let most = match lie {
            Lie::OtherBlock | Lie::OtherCommittee => TRUE,
            Lie::Withheld => WITHHELD,
            Lie::Endless => 0,
        };
        let (height, hash) = eventually("a misled node", || tip(world, api));
        assert!(height <= most, "{lie:?}: it believes block {height}");
        if height > 0 {
            assert_eq!(hash, true_hash(world, height), "{lie:?}: block {height}");
        }
    }
    world.say("followers behind a closed door are at the tip, and nobody believed liars");
}

fn true_hash(world: &World, height: u64) -> Value {
    eventually("a block", || {
        let block = world.get("a", &format!("blocks/{height}"))?;
        Some(block["hash"].clone()).filter(Value::is_string)
    })
}

/// Stops them.
pub fn end(world: &mut World) {
    for api in [FIRST, SECOND]
        .into_iter()
        .chain((MISLED..).take(LIES.len()))
    {
        assert_eq!(world.stop(HOME, api), 0, "{api}");
    }
}
