//! A node runs, says how it does, stops cleanly, and goes on.

use crate::{
    ops,
    support::{Node, etm, eventually, failure, free_port, get, height, in_memory, miner},
};
use std::{
    io::ErrorKind,
    os::unix::net::UnixDatagram,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The messages that came in, until one is among them that begins with `wanted`.
fn told(socket: &UnixDatagram, wanted: &str, all: &mut Vec<String>) {
    let begun = Instant::now();
    while !all.iter().any(|message| message.starts_with(wanted)) {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{wanted}: {all:?}"
        );
        let mut buffer = [0; 512];
        match socket.recv(&mut buffer) {
            Ok(length) => all.push(String::from_utf8_lossy(&buffer[..length]).into_owned()),
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
                "{error}"
            ),
        }
    }
}

#[test]
fn a_node_says_how_it_does_stops_cleanly_and_goes_on() {
    let home = in_memory();
    let (peers, api, watching) = (free_port(), free_port(), free_port());
    let metrics = format!("127.0.0.1:{watching}");
    let data = miner(home.path(), peers, api, &["--metrics", &metrics]);
    let systemd = home.path().join("notify");
    let socket = UnixDatagram::bind(&systemd).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let mut run = etm();
    run.args(["node", "run", "--log-format", "json", "--data"])
        .arg(&data)
        .env("NOTIFY_SOCKET", &systemd)
        .env("WATCHDOG_USEC", "400000")
        .env("ETM_NODE_LOG", "info");
    let node = Node::start(&mut run);
    let mut messages = Vec::new();
    told(&socket, "READY=1", &mut messages);
    // Up means that it answers.
    assert_eq!(get(api, "/healthz"), Some((200, "ok\n".into())));
    eventually("blocks", || height(api).filter(|height| *height > 2));
    eventually("a node that is ready", || {
        get(api, "/readyz").filter(|(status, _)| *status == 200)
    });
    // Each part at its own place.
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(watching, path).unwrap().0, 200, "{path}");
    }
    let (status, body) = get(watching, "/metrics").unwrap();
    assert_eq!(status, 200);
    ops::every_metric_is_shown(&body);
    assert_eq!(get(watching, "/api/v1/status").unwrap().0, 404);
    assert_eq!(get(api, "/metrics").unwrap().0, 404);
    told(&socket, "WATCHDOG=1", &mut messages);
    told(&socket, "STATUS=block ", &mut messages);

    // The folder is taken. With other ports, so that nothing else is.
    let (other, another) = (
        format!("127.0.0.1:{}", free_port()),
        format!("127.0.0.1:{}", free_port()),
    );
    let second = etm()
        .args([
            "node",
            "run",
            "--metrics",
            "off",
            "--listen",
            &other,
            "--api",
            &another,
            "--data",
        ])
        .arg(&data)
        .output()
        .unwrap();
    let (code, errors) = failure(&second);
    let last = errors.lines().last().unwrap();
    assert_eq!(code, 1, "{errors}");
    assert!(
        last.contains("a node runs in this folder already"),
        "{errors}"
    );

    let before = height(api).unwrap();
    let (code, log) = node.stop();
    assert_eq!(code, 0, "{log}");
    told(&socket, "STOPPING=1", &mut messages);
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["level"].is_string(), "{line}");
    }
    assert!(log.contains("the node runs"), "{log}");

    let again = Node::start(
        etm()
            .args(["node", "run", "--config"])
            .arg(data.join("config.toml")),
    );
    eventually("more blocks", || {
        height(api).filter(|height| *height > before)
    });
    assert_eq!(again.stop().0, 0);
}

/// A paused terminal, a pipe that nobody empties, a full disk where only the log is: the node goes on, and stops when it is told to.
#[test]
fn a_log_that_nobody_reads_or_keeps_stops_nothing() {
    let full = || {
        let device = std::fs::OpenOptions::new().write(true).open("/dev/full");
        Stdio::from(device.unwrap())
    };
    for log in [Stdio::piped(), full()] {
        let home = in_memory();
        let (peers, api) = (free_port(), free_port());
        let data = miner(home.path(), peers, api, &[]);
        let mut run = etm();
        run.args(["node", "run", "--data"])
            .arg(&data)
            .env("ETM_NODE_LOG", "trace");
        // Nothing is read before the end.
        let mut node = Node(run.stderr(log).spawn().unwrap());
        eventually("blocks", || height(api).filter(|height| *height > 10));
        node.signal("-TERM");
        let code = eventually("its end", || node.0.try_wait().unwrap());
        assert_eq!(code.code(), Some(0));
    }
}

/// A terminal that closes ends a node as SIGTERM does; under `nohup` it ends nothing.
#[test]
fn the_end_of_its_terminal_ends_a_node_cleanly() {
    for stays in [false, true] {
        let home = in_memory();
        let (peers, api) = (free_port(), free_port());
        let data = miner(home.path(), peers, api, &[]);
        let mut run = match stays {
            false => etm(),
            true => {
                let mut nohup = Command::new("nohup");
                nohup.arg(etm().get_program());
                nohup
            }
        };
        let node = Node::start(run.args(["node", "run", "--data"]).arg(&data));
        let before = eventually("blocks", || height(api).filter(|height| *height > 2));
        node.signal("-HUP");
        if stays {
            let wanted = |height: &u64| *height > before + 5;
            eventually("more blocks", || height(api).filter(wanted));
            assert_eq!(node.stop().0, 0);
            continue;
        }
        let (code, log) = node.ended();
        assert_eq!(code, 0, "{log}");
        assert!(log.contains("stopping"), "{log}");
    }
}
