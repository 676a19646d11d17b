use super::*;

/// A node that has given so much, after it was waited for so long.
fn node(waited: Duration, bytes: u64) -> Node {
    Node {
        waited,
        bytes,
        ..Node::new("http://127.0.0.1:9").unwrap()
    }
}

async fn answers(node: &mut Node, bytes: usize) -> Result<usize, GiveError> {
    let answer = node.ask(|_| async move { Ok(vec![0; bytes]) }).await?;
    Ok(answer.len())
}

#[tokio::test]
async fn a_node_that_drips_is_given_up_and_one_that_is_slow_is_not() {
    let hour = Duration::from_secs(3_600);
    // Slow, but it comes to an end.
    let mut slow = node(hour, 3_600 * LEAST_RATE);
    assert_eq!(answers(&mut slow, 1_000).await.unwrap(), 1_000);
    assert_eq!(slow.bytes, 3_600 * LEAST_RATE + 1_000);
    // Nothing yet, and not for long.
    assert!(answers(&mut node(GRACE, 0), 1).await.is_ok());
    // A few bytes at a time.
    let error = answers(&mut node(hour, 60_000), 1).await.unwrap_err();
    assert!(matches!(error, GiveError::Failed(text) if text.contains("less than 16 KiB a second")));
}
