use super::{check_free, next_free, node_addresses};
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
