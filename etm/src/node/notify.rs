//! What a node tells systemd: that it is up, what it does, that it lives, that it ends. See sd_notify(3): lines of text in a
//! datagram to the socket that the environment names.

use std::{
    env, io,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
    process,
    time::Duration,
};

/// Who is told; nobody if systemd did not start the node.
#[derive(Debug)]
pub struct Notify {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notify {
    /// As the environment says.
    pub fn from_environment() -> Self {
        let socket = env::var_os("NOTIFY_SOCKET")
            .filter(|path| !path.is_empty())
            .and_then(|path| connect(path.as_bytes()).ok());
        let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
        let ours = number("WATCHDOG_PID").is_none_or(|process| process == u64::from(process::id()));
        let watchdog = number("WATCHDOG_USEC")
            .filter(|period| ours && *period > 0)
            .map(Duration::from_micros);
        Self { socket, watchdog }
    }

    /// How often [`Self::alive`] is to be called, if systemd watches.
    pub fn period(&self) -> Option<Duration> {
        // Half of the time after which the node would be killed, as sd_watchdog_enabled(3) advises.
        self.watchdog.map(|watchdog| watchdog / 2)
    }

    /// The node is up.
    pub fn ready(&self) {
        self.send("READY=1");
    }

    /// The node lives.
    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// What it does, in one line.
    pub fn status(&self, text: &str) {
        self.send(&format!("STATUS={text}"));
    }

    /// It is about to end.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, message: &str) {
        if let Some((socket, address)) = &self.socket {
            // Whoever does not listen any more need not be told.
            let _ = socket.send_to_addr(message.as_bytes(), address);
        }
    }
}

fn connect(path: &[u8]) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match path.strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(path))?,
    };
    let socket = UnixDatagram::unbound()?;
    // A full queue must not hold the node up.
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}
