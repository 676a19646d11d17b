use super::skeleton;

#[test]
fn names_that_look_alike_have_one_skeleton() {
    for (left, right) in [
        ("amber", "arnber"),
        ("amber", "@mber"),
        ("a.m_ber", "amber"),
        ("node1", "nodel"),
        ("node1", "node!"),
        ("b0ss", "bo$5"),
        ("wood", "vvood"),
        ("dear", "clear"),
        ("quarry", "9uarry"),
        ("amber", "4mb3r"),
        ("tartan", "7ar7an"),
        ("oslo1", "0slol"),
        ("silver", "51lv3r"),
    ] {
        assert_eq!(skeleton(left), skeleton(right), "{left} {right}");
    }
}

#[test]
fn other_names_differ() {
    for (left, right) in [
        ("amber", "birch"),
        ("node1", "node2"),
        ("node3", "node4"),
        ("node3", "node7"),
        ("miner10", "miner11"),
        ("a", "b"),
    ] {
        assert_ne!(skeleton(left), skeleton(right), "{left} {right}");
    }
    // Nothing but dots is a name, too.
    assert_eq!(skeleton("._."), "");
}
