//! Ports for servers of tests.

use std::{
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Where no system takes the ports of clients from: one of those may be taken at any moment.
const PORTS: Range<u32> = 12_000..32_000;
/// From one answer to the next, for the other nodes of a devnet.
const APART: u32 = 16;

/// A port that is free now, and that this process is told once. Other processes of tests begin elsewhere.
pub fn free_port() -> u16 {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let begin = process::id().wrapping_mul(APART * 37);
    loop {
        let taken = TAKEN.fetch_add(APART, Ordering::Relaxed);
        let port = PORTS.start + begin.wrapping_add(taken) % (PORTS.end - PORTS.start);
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
