use std::{
    net::Ipv4Addr,
    sync::{
        Condvar,
        atomic::{AtomicUsize, Ordering},
    },
};

use commonware_runtime::{
    Blob as _, Resolver as _, Runner as _, Storage as _, WriteOptions, tokio as runtime,
};

use super::*;
use crate::runtime::Layered;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Servers of names that say nothing until they are told to.
#[derive(Clone, Default)]
struct Servers {
    silent: Arc<(Mutex<bool>, Condvar)>,
    asked: Arc<AtomicUsize>,
}

impl Servers {
    fn silence(&self, silent: bool) {
        *self.silent.0.lock().unwrap() = silent;
        self.silent.1.notify_all();
    }

    fn names(&self) -> Names {
        let servers = self.clone();
        Names::new(move |_| {
            servers.asked.fetch_add(1, Ordering::SeqCst);
            let (silent, changed) = &*servers.silent;
            drop(changed.wait_while(silent.lock().unwrap(), |silent| *silent));
            Ok(vec![HERE])
        })
    }
}

/// Lets `future` begin, and gives it up.
async fn begin<F: Future>(future: F) {
    let mut future = Box::pin(future);
    assert!(futures::poll!(&mut future).is_pending());
}

#[tokio::test]
async fn a_name_that_nobody_answers_has_one_thread() {
    let servers = Servers::default();
    servers.silence(true);
    let names = servers.names();
    for _ in 0..100 {
        begin(names.addresses("never.example")).await;
    }
    servers.silence(false);
    assert_eq!(names.addresses("never.example").await, Ok(vec![HERE]));
    assert_eq!(servers.asked.load(Ordering::SeqCst), 1);
    // That one has been told.
    assert_eq!(names.addresses("never.example").await, Ok(vec![HERE]));
    assert_eq!(servers.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_answer_that_comes_late_is_not_lost() {
    let servers = Servers::default();
    servers.silence(true);
    let names = servers.names();
    begin(names.addresses("late.example")).await;
    servers.silence(false);
    let mut answer = names.asked.lock().unwrap()["late.example"].clone();
    assert!(answer.wait_for(Option::is_some).await.is_ok());
    assert_eq!(names.addresses("late.example").await, Ok(vec![HERE]));
    assert_eq!(servers.asked.load(Ordering::SeqCst), 1);
    assert!(names.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn no_more_than_so_many_names_are_looked_up_at_once() {
    let servers = Servers::default();
    servers.silence(true);
    let names = servers.names();
    for index in 0..MOST {
        begin(names.addresses(&format!("{index}.example"))).await;
    }
    let reason = names.addresses("one-more.example").await.unwrap_err();
    assert!(reason.contains("512 names"), "{reason}");
    servers.silence(false);
    assert_eq!(names.addresses("7.example").await, Ok(vec![HERE]));
    while names
        .asked
        .lock()
        .unwrap()
        .values()
        .any(|answer| answer.borrow().is_none())
    {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_lookup_that_panics_is_an_error_and_may_be_tried_again() {
    let calls = AtomicUsize::new(0);
    let names = Names::new(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => std::panic::resume_unwind(Box::new("gone")),
        1 => Err(io::Error::other("no such name")),
        _ => Ok(vec![HERE]),
    });
    let reason = names.addresses("odd.example").await.unwrap_err();
    assert!(reason.contains("without an answer"), "{reason}");
    let reason = names.addresses("odd.example").await.unwrap_err();
    assert_eq!(reason, "no such name");
    assert_eq!(names.addresses("odd.example").await, Ok(vec![HERE]));
}

#[test]
fn names_that_nobody_answers_keep_no_file_waiting() {
    let servers = Servers::default();
    servers.silence(true);
    let names = servers.names();
    let folder = tempfile::tempdir().unwrap();
    let config = runtime::Config::new()
        .with_max_blocking_threads(1)
        .with_storage_directory(folder.path());
    runtime::Runner::new(config).start(|context| async move {
        let context = Layered::new(context, names);
        for index in 0..64 {
            begin(context.resolve(&format!("{index}.example"))).await;
        }
        let (blob, _) = context.open("files", b"of consensus").await.unwrap();
        blob.write_at(0, b"written".to_vec(), WriteOptions::default())
            .await
            .unwrap();
        blob.sync().await.unwrap();
        servers.silence(false);
        assert_eq!(context.resolve("1.example").await.unwrap(), [HERE]);
    });
}
