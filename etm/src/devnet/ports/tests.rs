use super::{check_free, listeners, next_free, node_addresses};
use crate::{devnet::options::Options, failure::Failure};
use std::net::TcpListener;

#[test]
fn a_port_in_use_is_passed_over() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (_, found) = next_free(address).unwrap();
    assert!(found.port() > address.port());
}

#[test]
fn port_0_takes_a_port_that_is_free() {
    let (_listener, address) = next_free("127.0.0.1:0".parse().unwrap()).unwrap();
    assert_ne!(address.port(), 0);
}

#[test]
fn nodes_get_addresses_of_their_own() {
    let addresses = node_addresses(5, 31_000).unwrap();
    assert!(
        addresses
            .windows(2)
            .all(|pair| pair[0].port() < pair[1].port()),
        "{addresses:?}"
    );
    assert!(addresses[0].port() >= 31_000, "{addresses:?}");
}

/// Nobody who asks for the last port gets those before it, or half a devnet.
#[test]
fn where_ports_end_is_said_with_what_would_be_right() {
    let options = Options {
        port: u16::MAX,
        ..Options::default()
    };
    let refused = [
        (listeners(&options, 9).map(drop), "--port 65535: 9 nodes"),
        (
            node_addresses(9, 65_528).map(drop),
            "--p2p-port 65528: 9 nodes",
        ),
    ];
    for (result, told) in refused {
        let Err(Failure::Input(message)) = result else {
            panic!("{result:?}");
        };
        assert!(message.starts_with(told), "{message}");
        assert!(
            message.contains("65527 is the last that leaves room"),
            "{message}"
        );
    }
}

#[test]
fn an_address_of_another_machine_is_an_error() {
    let error = next_free("192.0.2.1:8080".parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains("192.0.2.1"), "{error}");
}

#[test]
fn a_taken_address_of_the_genesis_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let failure = check_free([address]).unwrap_err().to_string();
    assert!(
        failure.contains(&address.to_string()) && failure.contains("--p2p-port"),
        "{failure}"
    );
    drop(taken);
    check_free([address]).unwrap();
}
