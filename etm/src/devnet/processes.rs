//! Nodes as processes of their own: started, watched, started again when they die, stopped together.

use crate::{
    devnet::{
        data::{Data, miner_name, node_folder},
        folder::{CLOCK, GENESIS},
        options::{LAZY_PERCENT, Options},
        people,
    },
    failure::Failure,
    genesis,
    home::{self, KEY_FILE},
    log,
    process::stop_signal,
    screen,
    service::{self, KeptHistory},
    travel::Travel,
    values,
};
use clap::Args;
use etm_node::engine::{Retention, clock::ChainClock};
use std::{
    io::Read,
    net::SocketAddr,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How often the processes are looked at.
const PERIOD: Duration = Duration::from_millis(200);
/// How long a dead node stays dead.
const RESTART_AFTER: Duration = Duration::from_secs(2);
/// A node that ends within this time of its start did not run.
const SOON: Duration = Duration::from_secs(10);
/// Deaths of one node in a row, none of them by somebody who killed it, after which it is given up.
const GIVE_UP_AFTER: u32 = 5;

/// What one node is started with, by the devnet itself.
#[derive(Args, Debug, Clone)]
pub struct NodeOptions {
    /// Data folder of the devnet
    #[arg(long)]
    data: PathBuf,
    /// Number of the miner
    #[arg(long)]
    number: u16,
    /// Address of the API
    #[arg(long)]
    api: SocketAddr,
    /// Of a hundred slots, how many it lets pass
    #[arg(long, default_value_t = 0)]
    lazy: u8,
    /// Blocks it keeps
    #[arg(long, default_value = "all", value_parser = values::retention)]
    keep: Retention,
    /// The history it keeps
    #[arg(long, default_value = "full", value_parser = values::history)]
    history: KeptHistory,
}

pub struct Processes {
    children: Arc<Mutex<Vec<Member>>>,
    stopping: Arc<AtomicBool>,
    ended: tokio::sync::watch::Receiver<Option<String>>,
    watcher: Mutex<Option<std::thread::JoinHandle<()>>>,
}

struct Member {
    name: String,
    options: NodeOptions,
    child: Option<Child>,
    started: std::time::Instant,
    deaths: u32,
}

impl Processes {
    /// Starts one for each site.
    ///
    /// # Errors
    /// [`Failure`] if one can't be started; those started before are stopped.
    pub fn start(
        data: &Data,
        options: &Options,
        addresses: Vec<SocketAddr>,
    ) -> Result<Self, Failure> {
        let mut members = Vec::new();
        for (site, api) in data.sites.iter().zip(addresses) {
            let node = NodeOptions {
                data: options.data.clone(),
                number: site.number,
                api,
                lazy: if data.lazy == Some(site.number) {
                    LAZY_PERCENT
                } else {
                    0
                },
                keep: options.keep,
                history: options.history,
            };
            let name = miner_name(data, site);
            let started = std::time::Instant::now();
            let child = spawn(&node).inspect_err(|_| members.iter_mut().for_each(end));
            members.push(Member {
                name,
                options: node,
                child: Some(child?),
                started,
                deaths: 0,
            });
        }
        let children = Arc::new(Mutex::new(members));
        let stopping = Arc::new(AtomicBool::new(false));
        let (report, ended) = tokio::sync::watch::channel(None);
        let watcher = {
            let (children, stopping) = (Arc::clone(&children), Arc::clone(&stopping));
            std::thread::spawn(move || {
                while !stopping.load(Ordering::SeqCst) {
                    std::thread::sleep(PERIOD);
                    let mut children = children.lock().unwrap_or_else(PoisonError::into_inner);
                    for member in children.iter_mut() {
                        if !stopping.load(Ordering::SeqCst)
                            && let Some(reason) = look_after(member)
                        {
                            report.send_replace(Some(reason));
                        }
                    }
                }
            })
        };
        Ok(Self {
            children,
            stopping,
            ended,
            watcher: Mutex::new(Some(watcher)),
        })
    }

    /// Waits until a node dies again and again.
    pub async fn ended(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => "nobody looks after the nodes any more".into(),
        }
    }

    /// Stops them and waits. Blocks the thread.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        if let Some(watcher) = self
            .watcher
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            // A watcher that panicked watches no more, which is what is wanted.
            let _ = watcher.join();
        }
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        // The end of its standard input tells a node to stop.
        for member in children.iter_mut() {
            if let Some(child) = &mut member.child {
                drop(child.stdin.take());
            }
        }
        children.iter_mut().for_each(end);
    }
}

/// Starts a dead node again; says why if it is given up.
fn look_after(member: &mut Member) -> Option<String> {
    if let Some(child) = &mut member.child {
        let status = child.try_wait().ok().flatten()?;
        member.deaths = deaths(member.deaths, member.started.elapsed(), status);
        member.child = None;
        if member.deaths >= GIVE_UP_AFTER {
            return Some(format!(
                "the node of {} ended {} times in a row, last with {status}",
                member.name, member.deaths
            ));
        }
        screen::remark(format_args!(
            "   the node of {} has ended ({status}); it starts again in {} s",
            member.name,
            RESTART_AFTER.as_secs()
        ));
        member.started = std::time::Instant::now();
        return None;
    }
    if member.started.elapsed() >= RESTART_AFTER {
        match spawn(&member.options) {
            Ok(child) => {
                screen::remark(format_args!(
                    "   the node of {} runs again (process {})",
                    member.name,
                    child.id()
                ));
                member.child = Some(child);
            }
            Err(failure) => return Some(failure.to_string()),
        }
        member.started = std::time::Instant::now();
    }
    None
}

/// Deaths in a row after one more: a node that ends by itself soon after its start is likely to do so again, one that is killed is not.
fn deaths(before: u32, lived: Duration, status: ExitStatus) -> u32 {
    match (status.signal(), lived < SOON) {
        (Some(SIGKILL | SIGTERM), _) => 0,
        (_, true) => before + 1,
        (_, false) => 1,
    }
}

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

/// This very program, even where its file was replaced or deleted since it started.
fn own_program() -> std::io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    match running.exists() {
        true => Ok(running.to_owned()),
        false => std::env::current_exe(),
    }
}

fn spawn(options: &NodeOptions) -> Result<Child, Failure> {
    let failed = |error: std::io::Error| Failure::Failed(format!("can't start a node: {error}"));
    Command::new(own_program().map_err(failed)?)
        .arg0("etm")
        .arg("devnet-node")
        .arg("--data")
        .arg(&options.data)
        .args(["--number", &options.number.to_string()])
        .args(["--api", &options.api.to_string()])
        .args(["--lazy", &options.lazy.to_string()])
        .args(["--keep", &values::retention_text(options.keep)])
        .args(["--history", &values::history_text(options.history)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(failed)
}

/// Waits for a process that was told to stop; ends it by force if it does not.
fn end(member: &mut Member) {
    let Some(mut child) = member.child.take() else {
        return;
    };
    drop(child.stdin.take());
    for _ in 0..150 {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    // It had fifteen seconds; what is on its disk survives a kill.
    let _ = child.kill();
    let _ = child.wait();
}

/// Runs one node until its standard input ends or it is told to stop.
///
/// # Errors
/// [`Failure`] if it can't be started.
pub fn run_node(options: &NodeOptions, runtime: &tokio::runtime::Runtime) -> Result<(), Failure> {
    etm_node::files::raise_limit();
    let home = node_folder(&options.data, options.number);
    std::fs::create_dir_all(&home)
        .map_err(|error| Failure::Failed(format!("{}: {error}", home.display())))?;
    let _log = log::to_file(&home.join(home::LOG))?;
    let genesis = genesis::read_for(&options.data.join(GENESIS), &home.join(home::CHAIN))?;
    let travel = Travel::new(options.data.join(CLOCK));
    let clock = ChainClock::default();
    travel.recall(&clock);
    let service = start(options, &home, genesis, &clock, &travel, runtime)?;
    runtime.spawn(travel.follow(clock));
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind(options.api))
        .map_err(|error| Failure::Failed(format!("can't listen on {}: {error}", options.api)))?;
    service.serve(listener, runtime.handle());
    let (gone, parent_gone) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Ends when the devnet closes the pipe or dies.
        let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
        let _ = gone.send(());
    });
    let result = runtime.block_on(async {
        tokio::select! {
            result = stop_signal() => result,
            _ = parent_gone => Ok(()),
            reason = service.node().wait() => Err(Failure::Failed(format!("the node has ended: {reason}"))),
        }
    });
    service.stop();
    result
}

fn start(
    options: &NodeOptions,
    home: &Path,
    genesis: etm_execution::Genesis,
    clock: &ChainClock,
    travel: &Travel,
    runtime: &tokio::runtime::Runtime,
) -> Result<service::Service, Failure> {
    let missing = || Failure::Input(format!("the genesis has no miner {}", options.number));
    let miner = genesis
        .draft()
        .miners
        .get(usize::from(options.number))
        .ok_or_else(missing)?;
    let listen = miner.dial.as_str().parse().map_err(|_| {
        Failure::Input(format!(
            "the dial address `{}` is no IP and port",
            miner.dial
        ))
    })?;
    let config = service::Config {
        lazy_percent: options.lazy,
        faucet: Some(people::faucet().key()),
        travel: Some(travel.clone()),
        retention: options.keep,
        history: options.history,
        ..service::Config::new(
            Arc::new(genesis),
            home::load(&home.join(KEY_FILE))?,
            listen,
            home.to_owned(),
            clock.clone(),
        )
    };
    service::start(config, runtime.handle())
}

#[cfg(test)]
mod tests;
