//! More connections than there is room for, from real sockets of several addresses of this machine.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::support::{Server, eventually};
use etm_api::Limits;
use tokio::net::TcpSocket;

/// Few enough to try, with addresses of this machine held to them.
fn few() -> Limits {
    Limits {
        connections: 40,
        connections_of_address: 16,
        streams: 6,
        streams_of_address: 3,
        bound_loopback: true,
        ..Limits::default()
    }
}

/// A connection from `127.0.0.host`.
pub fn from(host: u8, server: &Server) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, host));
        socket.bind(SocketAddr::new(address, 0)).unwrap();
        socket.connect(server.address).await.unwrap()
    });
    let stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    // Idle connections are closed after 30 s: who waits for that has waited too long.
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).unwrap();
    stream
}

/// Asks for something on a connection that stays; the first line of the answer.
pub fn ask(stream: &mut TcpStream, path: &str) -> std::io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: node\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    first_line(stream)
}

fn first_line(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    Ok(String::from_utf8(line).unwrap().trim_end().to_owned())
}

/// Whether the server has closed a connection; what it said before is passed over.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let mut rest = [0; 1024];
    let closed = loop {
        match (&*stream).read(&mut rest) {
            Ok(0) => break true,
            Ok(_) => {}
            Err(error) => break error.kind() != ErrorKind::WouldBlock,
        }
    };
    stream.set_nonblocking(false).unwrap();
    closed
}

#[test]
fn idle_connections_of_one_address_keep_nobody_out() {
    let server = Server::with_limits(true, few());
    let mut idle: Vec<TcpStream> = (0..200).map(|_| from(2, &server)).collect();
    // Others are answered, and so is the address itself.
    let mut other = from(3, &server);
    assert_eq!(
        ask(&mut other, "/api/v1/status").unwrap(),
        "HTTP/1.1 200 OK"
    );
    eventually("all but the last 16 are closed", || {
        idle.iter().filter(|stream| is_closed(stream)).count() == 184
    });
    assert!(idle[..184].iter().all(is_closed), "the oldest are closed");
    let last = &mut idle[199];
    assert_eq!(ask(last, "/api/v1/status").unwrap(), "HTTP/1.1 200 OK");
    let mut again = from(2, &server);
    assert_eq!(
        ask(&mut again, "/api/v1/status").unwrap(),
        "HTTP/1.1 200 OK"
    );
    eventually("the oldest of those that were left is closed", || {
        is_closed(&idle[184])
    });
    assert!(!is_closed(&idle[199]), "the one that was used is not");
}

#[test]
fn idle_connections_of_many_addresses_keep_nobody_out() {
    let server = Server::with_limits(true, few());
    let idle: Vec<TcpStream> = (0..100u8)
        .map(|number| from(10 + number % 10, &server))
        .collect();
    let mut other = from(3, &server);
    assert_eq!(
        ask(&mut other, "/api/v1/status").unwrap(),
        "HTTP/1.1 200 OK"
    );
    eventually("39 are left", || {
        idle.iter().filter(|stream| is_closed(stream)).count() == 61
    });
    assert!(idle[..61].iter().all(is_closed), "the oldest are closed");
}

#[test]
fn heads_and_bodies_that_never_end_count_as_idle() {
    let server = Server::with_limits(true, few());
    let slow: Vec<TcpStream> = (0..60u8)
        .map(|number| {
            let mut stream = from(10 + number % 10, &server);
            let head: &[u8] = match number % 2 {
                0 => b"GET /api/v1/status HTTP/1.1\r\nhost: no",
                _ => b"POST /api/v1/transactions HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
            };
            stream.write_all(head).unwrap();
            stream
        })
        .collect();
    let mut other = from(3, &server);
    assert_eq!(
        ask(&mut other, "/api/v1/status").unwrap(),
        "HTTP/1.1 200 OK"
    );
    eventually("39 are left", || {
        slow.iter().filter(|stream| is_closed(stream)).count() == 21
    });
}

#[test]
fn event_streams_have_bounds_of_their_own_and_no_idle_one_is_among_them() {
    let server = Server::with_limits(true, few());
    let listen = |host: u8| {
        let mut stream = from(host, &server);
        let line = ask(&mut stream, "/api/v1/events").unwrap();
        (stream, line)
    };
    let mut open = Vec::new();
    for host in [2, 2, 2, 3, 3, 3] {
        let (stream, line) = listen(host);
        assert_eq!(line, "HTTP/1.1 200 OK");
        open.push(stream);
    }
    open.remove(0);
    // Its place is free once the server has seen it go.
    eventually("the place is free again", || {
        let (stream, line) = listen(2);
        let free = line == "HTTP/1.1 200 OK";
        if free {
            open.push(stream);
        }
        free
    });
    let (mut stream, line) = listen(4);
    assert_eq!(line, "HTTP/1.1 429 Too Many Requests");
    let mut rest = Vec::new();
    stream.write_all(b"GET /nothing HTTP/1.0\r\n\r\n").unwrap();
    stream.read_to_end(&mut rest).unwrap();
    let rest = String::from_utf8(rest).unwrap();
    assert!(
        rest.contains(r#""message":"event streams: 6 are open, which is as many as there may be"#),
        "{rest}"
    );
    // With one less of the first address there is room, but not for a fourth of the other.
    open.pop();
    eventually("the other address has as many as it may", || {
        let (mut stream, line) = listen(3);
        assert_eq!(line, "HTTP/1.1 429 Too Many Requests");
        stream.write_all(b"GET /nothing HTTP/1.0\r\n\r\n").unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        rest.contains("event streams: 3 are open from this address")
    });
    // Idle ones fill the rest and make room for each other; the streams stay.
    let idle: Vec<TcpStream> = (0..100u8)
        .map(|number| from(10 + number % 10, &server))
        .collect();
    let mut other = from(5, &server);
    assert_eq!(
        ask(&mut other, "/api/v1/status").unwrap(),
        "HTTP/1.1 200 OK"
    );
    assert!(open.iter().all(|stream| !is_closed(stream)));
    assert!(idle.iter().any(is_closed));
}

#[test]
fn where_all_are_in_work_a_new_one_is_told_so() {
    let server = Server::with_limits(
        true,
        Limits {
            connections: 4,
            streams: 8,
            streams_of_address: 8,
            ..few()
        },
    );
    let mut open: Vec<TcpStream> = (0..4).map(|_| from(2, &server)).collect();
    for stream in &mut open {
        assert_eq!(ask(stream, "/api/v1/events").unwrap(), "HTTP/1.1 200 OK");
    }
    let mut refused = String::new();
    from(3, &server).read_to_string(&mut refused).unwrap();
    assert!(
        refused.starts_with("HTTP/1.1 429 Too Many Requests\r\n")
            && refused.ends_with(
                r#"{"error":{"code":"too_many_requests","message":"connections: 4 are open, which is as many as there may be; try again later"}}"#
            ),
        "{refused}"
    );
    drop(open.pop());
    eventually("there is room again", || {
        ask(&mut from(3, &server), "/api/v1/status").is_ok_and(|line| line == "HTTP/1.1 200 OK")
    });
}

#[test]
fn this_machine_is_a_proxy_for_many_and_has_the_bounds_of_all() {
    let limits = Limits {
        bound_loopback: false,
        ..few()
    };
    let server = Server::with_limits(true, limits);
    let idle: Vec<TcpStream> = (0..60).map(|_| from(2, &server)).collect();
    let mut other = from(2, &server);
    assert_eq!(
        ask(&mut other, "/api/v1/status").unwrap(),
        "HTTP/1.1 200 OK"
    );
    eventually("39 are left, not 15", || {
        idle.iter().filter(|stream| is_closed(stream)).count() == 21
    });
}
