//! Hosts, the network between them, and what runs on them.

use crate::support::{get_from, in_memory};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// The place of the one who looks on, and its address.
const DESK: &str = "desk";
pub const DESK_ADDRESS: &str = "10.77.0.200";
/// Port of every API.
pub const API: u16 = 8080;
/// Port of every node for its peers.
pub const PEERS: u16 = 7000;

/// A host: a network namespace, kept by a process that sleeps in it.
struct Host {
    name: String,
    address: String,
    keeper: Child,
    nodes: Vec<(u16, Child)>,
}

/// All of it. What runs ends with it.
pub struct World {
    pub home: tempfile::TempDir,
    begun: Instant,
    hosts: Vec<Host>,
    switch: Switch,
}

/// The program that carries packets.
struct Switch {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Switch {
    fn start(devices: &[&str]) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts/switch.py");
        let mut child = Command::new("python3")
            .arg(program)
            .args(devices)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut switch = Self {
            child,
            commands,
            answers,
        };
        switch.answered();
        switch
    }

    fn answered(&mut self) {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert_eq!(line, "ok\n", "the switch has ended");
    }

    fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").unwrap();
        self.answered();
    }
}

/// Runs a command that must succeed.
fn must(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    output
}

impl World {
    /// Hosts of these names, with the first address of each.
    pub fn new(names: &[&str]) -> Self {
        let devices: Vec<&str> = names.iter().copied().chain([DESK]).collect();
        let mut world = Self {
            home: in_memory(),
            begun: Instant::now(),
            hosts: Vec::new(),
            switch: Switch::start(&devices),
        };
        for (number, name) in (1..).zip(names) {
            let keeper = Command::new("unshare")
                .args(["--net", "sleep", "infinity"])
                .spawn()
                .unwrap();
            let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).ok();
            let own = namespace("self");
            let process = keeper.id().to_string();
            let waiting = Instant::now();
            while namespace(&process).is_none_or(|other| Some(other) == own) {
                assert!(waiting.elapsed() < Duration::from_secs(10));
                std::thread::yield_now();
            }
            must(Command::new("ip").args(["link", "set", "dev", name, "netns", &process]));
            world.hosts.push(Host {
                name: (*name).to_owned(),
                address: String::new(),
                keeper,
                nodes: Vec::new(),
            });
            let settle = format!(
                "ip link set dev lo up && ip link set dev {name} up && ip -6 address add fd77::{number}/64 dev {name} nodad"
            );
            must(world.inside(name, "sh").args(["-c", &settle]));
            world.address(name, number);
        }
        let settle = format!(
            "ip link set dev lo up && ip link set dev {DESK} up && ip address add {DESK_ADDRESS}/24 dev {DESK}"
        );
        must(Command::new("sh").args(["-c", &settle]));
        world.switch.tell(&format!("own {DESK} {DESK_ADDRESS}"));
        world.publish_names();
        world
    }

    /// Gives a host the address 10.77.0.`number` instead of the one it had.
    pub fn address(&mut self, name: &str, number: u16) {
        let place = self
            .hosts
            .iter()
            .position(|host| host.name == name)
            .unwrap();
        let address = format!("10.77.0.{number}");
        let change =
            format!("ip -4 address flush dev {name}; ip address add {address}/24 dev {name}");
        must(self.inside(name, "sh").args(["-c", &change]));
        let sixth = place + 1;
        self.switch
            .tell(&format!("own {name} {address} fd77::{sixth:x}"));
        self.hosts[place].address = address;
    }

    /// Writes the names of all hosts where everybody looks them up.
    fn publish_names(&self) {
        let file = self.home.path().join("names");
        let lines: String = self
            .hosts
            .iter()
            .map(|host| format!("{} {}.test\n", host.address, host.name))
            .collect();
        fs::write(&file, format!("127.0.0.1 localhost\n{lines}")).unwrap();
        must(
            Command::new("mount")
                .arg("--bind")
                .arg(&file)
                .arg("/etc/hosts"),
        );
    }

    /// Tells the network between the hosts something.
    pub fn network(&mut self, command: &str) {
        self.switch.tell(command);
    }

    fn host(&self, name: &str) -> &Host {
        self.hosts.iter().find(|host| host.name == name).unwrap()
    }

    /// A command on a host.
    fn inside(&self, name: &str, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!(
                "--net=/proc/{}/ns/net",
                self.host(name).keeper.id()
            ))
            .arg(program);
        command
    }

    /// `etm` at the desk, with a home and nothing of the caller's environment; succeeds.
    pub fn etm(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_etm"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path());
        String::from_utf8(must(&mut command).stdout).unwrap()
    }

    /// The same of the wallet, which asks host `node`; answers its JSON.
    pub fn wallet(&self, node: &str, arguments: &[&str]) -> Value {
        let url = format!("http://{}:{API}", self.host(node).address);
        let text = self.etm(&[arguments, &["--json", "--node", &url]].concat());
        serde_json::from_str(&text).unwrap()
    }

    /// Signs and sends, and waits for the block.
    pub fn sign(&self, node: &str, key: &str, arguments: &[&str]) {
        let options = ["--key", key, "--yes", "--wait", "--passphrase-file", "pass"];
        let answer = self.wallet(node, &[arguments, &options].concat());
        assert_eq!(answer["outcome"]["accepted"], true, "{answer}");
    }

    /// Runs a node on a host, with its API at port `api`.
    pub fn start(&mut self, name: &str, data: &Path, api: u16) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.home.path().join(format!("{name}.log")))
            .unwrap();
        let node = self
            .inside(name, env!("CARGO_BIN_EXE_etm"))
            .args(["node", "run", "--api", &format!("0.0.0.0:{api}"), "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let host = self.hosts.iter_mut().find(|host| host.name == name);
        host.unwrap().nodes.push((api, node));
    }

    /// Stops a node of a host and waits for it: its exit code.
    pub fn stop(&mut self, name: &str, api: u16) -> i32 {
        let host = self.hosts.iter_mut().find(|host| host.name == name);
        let nodes = &mut host.unwrap().nodes;
        let place = nodes.iter().position(|(port, _)| *port == api).unwrap();
        let (_, mut node) = nodes.remove(place);
        must(Command::new("kill").args(["-TERM", &node.id().to_string()]));
        node.wait().unwrap().code().unwrap_or(-1)
    }

    /// The address of a host.
    pub fn address_of(&self, name: &str) -> &str {
        &self.host(name).address
    }

    /// The answer of a host's API; none while there is none.
    pub fn get(&self, name: &str, path: &str) -> Option<Value> {
        let path = format!("/api/v1/{path}");
        let (status, body) = get_from((self.host(name).address.as_str(), API), &path)?;
        serde_json::from_str(&body).ok().filter(|_| status == 200)
    }

    /// The answer of a node's API, asked on its own host; none while there is none.
    pub fn get_inside(&self, name: &str, api: u16, path: &str) -> Option<Value> {
        let url = format!("http://127.0.0.1:{api}/api/v1/{path}");
        let ask = "import sys, urllib.request as r; sys.stdout.write(r.urlopen(sys.argv[1], timeout=10).read().decode())";
        let mut asking = self.inside(name, "python3");
        let answer = asking.args(["-c", ask, &url]).output().unwrap();
        serde_json::from_slice(&answer.stdout).ok()
    }

    /// The height that a host's node knows.
    pub fn height(&self, name: &str) -> Option<u64> {
        self.get(name, "status")?["tip"]["height"].as_u64()
    }

    /// Says what goes on, and when.
    pub fn say(&self, what: &str) {
        println!("{:6.1} s  {what}", self.begun.elapsed().as_secs_f64());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for host in &mut self.hosts {
            let nodes = host.nodes.iter_mut().map(|(_, node)| node);
            for child in nodes.chain([&mut host.keeper]) {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
        let _ = self.switch.child.kill();
        let _ = self.switch.child.wait();
        let _ = Command::new("umount").arg("/etc/hosts").status();
        if std::thread::panicking() {
            for host in &self.hosts {
                let log = fs::read_to_string(self.home.path().join(format!("{}.log", host.name)));
                let log = log.unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                println!("-- {}", host.name);
                for line in &lines[lines.len().saturating_sub(20)..] {
                    println!("{line}");
                }
            }
        }
    }
}
