use std::net::{Ipv4Addr, Ipv6Addr};

use futures::FutureExt as _;

use super::*;

fn at(subnet: u8, host: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 0, subnet, host))
}

fn is_out(knock: &Knock) -> bool {
    knock.put_out().now_or_never().is_some()
}

#[test]
fn nobody_goes_while_there_is_room() {
    let door = Door::new(3);
    let knocks: Vec<Knock> = (0..3).map(|_| door.knock(at(1, 1))).collect();
    assert!(!knocks.iter().any(is_out));
    drop(knocks);
    let knocks: Vec<Knock> = (0..3).map(|_| door.knock(at(1, 1))).collect();
    assert!(!knocks.iter().any(is_out), "places are free again");
}

#[test]
fn however_many_knock_whoever_has_an_address_of_their_own_stays() {
    let door = Door::new(60);
    let peer = door.knock(at(200, 1));
    // Ten times what there is room for, from twenty subnets.
    let strangers: Vec<Knock> = (0..600_u16)
        .map(|index| door.knock(at((index % 20) as u8, (index / 20) as u8)))
        .collect();
    assert!(!is_out(&peer));
    assert_eq!(door.waiting().all.len(), 60);
    assert_eq!(strangers.iter().filter(|knock| is_out(knock)).count(), 541);
    // Also who comes when it is full.
    let late = door.knock(at(201, 1));
    assert!(!is_out(&late));
    for _ in 0..60 {
        let _stranger = door.knock(at(0, 1));
    }
    assert!(!is_out(&late));
}

#[test]
fn the_one_that_waits_longest_at_the_most_crowded_address_goes() {
    let door = Door::new(5);
    let alone = door.knock(at(2, 1));
    let neighbour = door.knock(at(1, 1));
    let crowd = [door.knock(at(1, 2)), door.knock(at(1, 2))];
    let _other = door.knock(at(3, 1));
    let newest = door.knock(at(4, 1));
    assert!(is_out(&crowd[0]));
    for stays in [&alone, &neighbour, &crowd[1], &newest] {
        assert!(!is_out(stays));
    }
}

#[test]
fn where_all_are_equal_the_first_goes() {
    let door = Door::new(2);
    let knocks: Vec<Knock> = (0..4).map(|subnet| door.knock(at(subnet, 1))).collect();
    let out: Vec<bool> = knocks.iter().map(is_out).collect();
    assert_eq!(out, [true, true, false, false]);
}

#[test]
fn the_addresses_of_one_who_has_many_count_as_one_subnet() {
    let door = Door::new(10);
    let host =
        |subnet: u16, host: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, subnet, host, 0, 0, 0, 1));
    let peer = door.knock(host(1, 0));
    let strangers: Vec<Knock> = (0..100)
        .map(|index: u16| door.knock(host(2, index)))
        .collect();
    assert!(!is_out(&peer));
    assert_eq!(strangers.iter().filter(|knock| is_out(knock)).count(), 91);
}

#[test]
fn who_was_put_out_leaves_before_more_come() {
    let door = Door::new(2);
    let mut knocks: Vec<Knock> = (0..3).map(|_| door.knock(at(1, 1))).collect();
    assert!(door.room().now_or_never().is_some());
    knocks.push(door.knock(at(1, 1)));
    assert!(door.room().now_or_never().is_none(), "two have not left");
    drop(knocks.remove(0));
    assert!(door.room().now_or_never().is_some());
    drop(knocks);
    assert_eq!(door.waiting().leaving, 0);
}
