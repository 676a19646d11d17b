use super::*;

#[test]
fn a_node_is_told_by_its_command_line() {
    let line = b"etm\0devnet-node\0--data\0/tmp/net\0--number\x003\0--api\x00127.0.0.1:42003\0--lazy\x000\0";
    let found = told(line, Path::new("/tmp/net"));
    assert_eq!(found, Some((3, "127.0.0.1:42003".to_owned())));
    assert_eq!(told(line, Path::new("/tmp/other")), None);
    assert_eq!(
        told(b"etm\0devnet\0--data\0/tmp/net\0", Path::new("/tmp/net")),
        None
    );
    assert_eq!(told(b"", Path::new("/tmp/net")), None);
}

#[test]
fn what_the_system_tells_is_read() {
    let memory = "Rss: 9 kB\nPrivate_Clean: 12 kB\nPrivate_Dirty: 30 kB\nShared_Dirty: 5 kB\n";
    assert_eq!(private(memory), 30);
    let stat = "77 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0";
    assert_eq!(worked(stat), Some(Duration::from_secs(3)));
}
