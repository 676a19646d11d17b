//! `etm devnet`: a whole network on this machine, on real consensus and sockets.

mod console;
mod data;
mod folder;
mod members;
pub mod options;
pub mod people;
mod ports;
mod processes;
mod room;
mod voters;
mod world;

use crate::{
    failure::Failure,
    process::{runtime, stop_signal},
    screen,
    service::KeptHistory,
};
use console::Console;
use data::Data;
use etm_client::Client;
use etm_types::{Units, amount::format_etm, api::chain::Status};
use members::Members;
use options::{LAZY_PERCENT, Options};
use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

pub use processes::NodeOptions;

/// How long the network may take until its API answers.
const READY_LIMIT: Duration = Duration::from_secs(30);
/// How often the first node is asked for its height, if no events tell of blocks.
const LOOK: Duration = Duration::from_millis(200);

/// Runs a devnet until Ctrl-C, until it has made the blocks asked for, or until nobody reads what it prints any more.
///
/// # Errors
/// [`Failure`] if the data folder, a port or a node can't be used.
pub fn run(options: &Options) -> Result<(), Failure> {
    let _printed = screen::Printed;
    let runtime = runtime()?;
    let data = Data::open(options)?;
    let blocks_per_round = data.genesis.chain().params.mechanism.blocks_per_round;
    if let Some(note) = room::empty_seats(&data.genesis) {
        screen::remark(note);
    }
    let options = &room::make(options, data.sites.len(), blocks_per_round);
    let listeners = match listen(&data, options) {
        Ok(listeners) => listeners,
        Err(failure) => {
            data.give_up();
            return Err(failure);
        }
    };
    let _log = crate::log::to_file(&data.log_file())?;
    let addresses: Vec<SocketAddr> = listeners.iter().map(|listener| listener.1).collect();
    data.announce(addresses[0]);
    let members = if options.processes {
        Members::in_processes(&data, options, listeners)?
    } else {
        Members::in_this_process(&data, options, listeners, runtime.handle())?
    };
    let members = std::sync::Arc::new(members);
    let result = runtime.block_on(watch(&data, options, &addresses, &members));
    screen::remark("stopping ...");
    members.stop();
    runtime.shutdown_timeout(Duration::from_secs(2));
    screen::remark(format_args!(
        "stopped; start again to continue with the data in {}",
        data.folder.display()
    ));
    result
}

/// Listens for the HTTP API, where the ports of the nodes are free.
fn listen(data: &Data, options: &Options) -> Result<Vec<(TcpListener, SocketAddr)>, Failure> {
    ports::check_free(data.sites.iter().map(|site| site.dial))?;
    ports::listeners(options, data.sites.len())
}

/// Runs one node of a devnet whose nodes have processes of their own; ends with its standard input.
///
/// # Errors
/// As [`run`].
pub fn run_node(options: &NodeOptions) -> Result<(), Failure> {
    processes::run_node(options, &runtime()?)
}

/// Prints what happens until Ctrl-C.
async fn watch(
    data: &Data,
    options: &Options,
    addresses: &[SocketAddr],
    members: &Members,
) -> Result<(), Failure> {
    let node = Client::builder(&format!("http://{}", addresses[0]))
        .retries(0)
        .direct()
        .build()
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let status = ready(&node, members).await?;
    introduce(data, options, addresses, &status);
    if !options.quiet_voters {
        let slot = Duration::from_millis(data.genesis.chain().params.slot_ms);
        let people = people::holders()
            .into_iter()
            .map(|(person, _)| person)
            .collect();
        tokio::spawn(voters::run(
            node.clone(),
            people,
            slot * 2,
            status.tip.height,
        ));
    }
    let console = Console::new(node.clone());
    let mut height = status.tip.height;
    let last = options.blocks.map(|blocks| height.saturating_add(blocks));
    let follow = async {
        if options.history == KeptHistory::Off {
            screen::remark("No history is kept, so heights are all that is shown.");
            return heights(&node, height, last).await;
        }
        loop {
            match console.follow(&mut height, last).await {
                Ok(Some(printed)) => return printed,
                Ok(None) => {}
                Err(error) => {
                    screen::remark(format_args!("   no events: {error}; trying again"));
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        ended = follow => ended,
        interrupted = stop_signal() => interrupted,
        reason = members.ended() => Err(Failure::Failed(format!("{reason}; its log is {}", data.log_file().display()))),
    }
}

/// Tells the height of the first node as it rises, up to the `last` one: all that is known of blocks without a history.
async fn heights(node: &Client, mut height: u64, last: Option<u64>) -> Result<(), Failure> {
    while last.is_none_or(|last| height < last) {
        tokio::time::sleep(LOOK).await;
        let Ok(Status { tip, .. }) = node.status().await else {
            continue;
        };
        if tip.height > height {
            height = tip.height;
            screen::remark(format_args!("   height {height}"));
        }
    }
    Ok(())
}

/// Waits until the API of the first node answers.
async fn ready(node: &Client, members: &Members) -> Result<Status, Failure> {
    let answers = async {
        loop {
            match node.status().await {
                Ok(status) => return status,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::select! {
        status = answers => Ok(status),
        reason = members.ended() => Err(Failure::Failed(reason)),
        () = tokio::time::sleep(READY_LIMIT) => {
            Err(Failure::Failed(format!("the first node did not answer within {} s", READY_LIMIT.as_secs())))
        }
    }
}

fn introduce(data: &Data, options: &Options, addresses: &[SocketAddr], status: &Status) {
    let params = &data.genesis.chain().params;
    let mechanism = &params.mechanism;
    let begun = match (data.continued, status.tip.height) {
        (false, _) => "a new chain".to_owned(),
        (true, height) => format!("continuing after block {height}"),
    };
    screen::remark(format_args!(
        "En-Tan-Mo devnet: {} miners in {}, {} seats, rounds of {} blocks, {} ms slots, a day is {} s; {begun}",
        data.sites.len(),
        if options.processes {
            "a process each"
        } else {
            "one process"
        },
        mechanism.committee,
        mechanism.blocks_per_round,
        params.slot_ms,
        mechanism.day_seconds,
    ));
    let first = addresses[0];
    screen::remark(format_args!("  voting page  http://{first}/"));
    screen::remark(format_args!("  API          http://{first}/api/v1/status"));
    screen::remark(format_args!("  API docs     http://{first}/docs"));
    let last = addresses[addresses.len() - 1];
    screen::remark(format_args!(
        "  other nodes  their APIs are at the ports up to {}",
        last.port()
    ));
    let begin = match data.continued {
        true => "; --fresh begins a new chain in it",
        false => "",
    };
    screen::remark(format_args!(
        "  data         {}{begin}",
        data.folder.display()
    ));
    if let Some(lazy) = data.lazy {
        screen::remark(format_args!(
            "  lazy miner   {} lets {LAZY_PERCENT} of 100 slots pass",
            people::miner_name(lazy)
        ));
    }
    let accounts = &data.genesis.draft().accounts;
    let funded: Vec<(people::Person, Units)> = people::TEST_ACCOUNTS
        .into_iter()
        .map(people::Person::new)
        .filter_map(|person| Some((accounts.get(&person.address()).copied()?, person)))
        .map(|(free, person)| (person, free))
        .filter(|(_, free)| *free > Units::ZERO)
        .collect();
    if funded.is_empty() {
        screen::remark("None of a devnet's usual accounts has tokens at this genesis.");
    } else {
        screen::remark(
            "Accounts to try things out with (anyone knows these secrets; they are of the original network's form):",
        );
    }
    for (person, free) in &funded {
        screen::remark(format_args!(
            "  \"{}\"{:width$}  {}  {} ETM at genesis",
            person.secret,
            "",
            person.address(),
            format_etm(*free),
            width = 12_usize.saturating_sub(person.secret.len())
        ));
    }
    if let Some((person, _)) = funded.first() {
        screen::remark("What to do next: open the voting page, or in another terminal");
        if first.port() != etm_wallet::config::DEFAULT_PORT {
            screen::remark(format_args!("  export ETM_NODE=http://{first}"));
        }
        screen::remark(format_args!(
            "  etm keys import {} --v1-secret   # the secret is: {}",
            person.name, person.secret
        ));
        screen::remark(format_args!(
            "  etm lock 500 --vote {} --wait",
            people::miner_name(0)
        ));
        screen::remark("  etm watch");
    }
    screen::remark("Ctrl-C stops the network; starting it again continues the chain.\n");
}
