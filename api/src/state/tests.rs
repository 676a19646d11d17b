use super::*;

#[test]
fn a_request_waits_no_longer_however_often_it_reads() {
    let request = Waited(Some(Arc::default()));
    assert_eq!(request.left(), PATIENCE);
    // What it hands on to what it reads with is the same request.
    for _ in 0..3 {
        request.clone().add(Duration::from_secs(2));
    }
    assert_eq!(request.left(), Duration::ZERO);
    assert_eq!(Waited(Some(Arc::default())).left(), PATIENCE);
    let node = Waited::default();
    node.add(PATIENCE);
    assert_eq!(node.left(), PATIENCE);
}
