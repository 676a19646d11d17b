use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use etm_history::Cancel;

use super::{AT_ONCE, Reads};
use crate::shares::Whose;

/// A read that never ends by itself; counts itself while it runs.
fn endless(
    running: &Arc<AtomicUsize>,
) -> impl FnOnce() -> Result<(), crate::error::ApiError> + use<> {
    let running = Arc::clone(running);
    move || {
        running.fetch_add(1, Ordering::SeqCst);
        let cancel = Cancel::current().unwrap();
        while !cancel.is_cancelled() {
            std::thread::yield_now();
        }
        running.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_goes_leaves_nothing_behind() {
    let reads = Arc::new(Reads::default());
    let running = Arc::new(AtomicUsize::new(0));
    let ask = || {
        let (reads, work) = (Arc::clone(&reads), endless(&running));
        tokio::spawn(async move { reads.run(Whose::NOBODY, work).await })
    };
    let mut clients: Vec<_> = (0..AT_ONCE).map(|_| ask()).collect();
    until(|| running.load(Ordering::SeqCst) == AT_ONCE).await;
    assert_eq!(reads.in_work(), AT_ONCE);
    clients.extend((0..300).map(|_| ask()));
    assert_eq!(
        running.load(Ordering::SeqCst),
        AT_ONCE,
        "no more than so many at once"
    );

    // All go: those that wait never begin, those that run end.
    for client in &clients {
        client.abort();
    }
    until(|| reads.in_work() == 0).await;
    assert_eq!(running.load(Ordering::SeqCst), 0);
    assert_eq!(reads.run(Whose::NOBODY, || Ok(7)).await.unwrap(), 7);
}

/// One address asks for as much as it can, another for one thing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_takes_the_turns_of_others() {
    let reads = Arc::new(Reads::default());
    let running = Arc::new(AtomicUsize::new(0));
    let whose = |text: &str| Whose::of(text.parse().unwrap(), false);
    let clients: Vec<_> = (0..300)
        .map(|_| {
            let (reads, work) = (Arc::clone(&reads), endless(&running));
            let whose = whose("192.0.2.1");
            tokio::spawn(async move { reads.run(whose, work).await })
        })
        .collect();
    until(|| running.load(Ordering::SeqCst) == AT_ONCE / 2).await;
    assert_eq!(reads.run(whose("192.0.2.2"), || Ok(7)).await.unwrap(), 7);
    assert_eq!(reads.in_work(), AT_ONCE / 2);
    clients.iter().for_each(tokio::task::JoinHandle::abort);
    until(|| reads.in_work() == 0).await;
}
