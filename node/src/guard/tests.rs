use std::{io, path::Path};

use commonware_runtime::{
    Blob as _, Clock as _, Error, ReadOptions, Runner as _, Spawner as _, Storage as _,
    Supervisor as _, WriteOptions, deterministic, tokio as runtime,
};

use futures::FutureExt as _;

use super::{Faults, Guard, fault, quiet_panics};
use crate::runtime::Layered;

fn faults() -> Faults {
    Faults::new(Path::new("home/chain"))
}

#[test]
fn the_first_task_that_panics_is_the_cause_and_named() {
    quiet_panics();
    let home = tempfile::tempdir().unwrap();
    let faults = faults();
    let config = runtime::Config::new()
        .with_storage_directory(home.path())
        .with_catch_panics(true);
    runtime::Runner::new(config).start(|context| async {
        let context = Layered::new(context, Guard::new(faults.clone()));
        let first = context
            .child("archive")
            .spawn(|_| async { panic!("the blocks are {}", "gone") });
        let result: Result<(), Error> = first.await;
        assert!(result.is_err());
        let neighbour = context
            .child("state")
            .spawn(|_| async { panic!("dropped during verify") });
        let result: Result<(), Error> = neighbour.await;
        assert!(result.is_err());
        faults.clone().happened().await;
    });
    assert_eq!(
        faults.cause(Some("a task ended")).unwrap(),
        "its task archive failed: the blocks are gone"
    );
}

#[test]
fn a_calm_node_has_no_cause_but_the_one_given() {
    let faults = faults();
    assert_eq!(faults.cause(None), None);
    assert_eq!(faults.cause(Some("it ended")).unwrap(), "it ended");
    deterministic::Runner::default().start(|context| async move {
        let context = Layered::new(context, Guard::new(faults.clone()));
        let asked = faults.clone().happened();
        let slept = context.sleep(std::time::Duration::from_secs(1));
        futures::pin_mut!(asked, slept);
        let first = futures::future::select(asked, slept).await;
        assert!(matches!(first, futures::future::Either::Right(_)));
    });
}

#[test]
fn a_file_that_was_just_read_is_named_as_the_damaged_one() {
    deterministic::Runner::default().start(|context| async move {
        let faults = faults();
        let context = Layered::new(context, Guard::new(faults.clone()));
        let (blob, _) = context.open("node-blocks-values", &[0, 1]).await.unwrap();
        blob.write_at(0, vec![1; 8], WriteOptions::default())
            .await
            .unwrap();
        let (other, _) = context.open("node-state-log", &[2]).await.unwrap();
        blob.read_at(0, 8, ReadOptions::default()).await.unwrap();
        assert!(other.read_at(0, 8, ReadOptions::default()).await.is_err());
        let cause = faults.cause(Some("journal: checksum mismatch")).unwrap();
        assert!(
            cause.starts_with("home/chain/node-state-log/02 is damaged"),
            "{cause}"
        );
        // What has nothing to do with what was read does not speak of it.
        assert_eq!(faults.cause(Some("it ended")).unwrap(), "it ended");
    });
}

/// Whoever fails had read another file than its neighbour, which reads all the time.
#[test]
fn the_file_of_the_task_that_failed_is_named_and_no_neighbours() {
    quiet_panics();
    let home = tempfile::tempdir().unwrap();
    let faults = faults();
    let config = runtime::Config::new()
        .with_storage_directory(home.path())
        .with_catch_panics(true);
    runtime::Runner::new(config).start(|context| async {
        let context = Layered::new(context, Guard::new(faults.clone()));
        let (read, mut was_read) = tokio::sync::mpsc::channel(1);
        let (go, mut went) = tokio::sync::mpsc::channel::<()>(1);
        let failing = context.child("archive").spawn(move |context| async move {
            let (blob, _) = context.open("node-blocks-values", &[1]).await.unwrap();
            let _ = blob.read_at(0, 8, ReadOptions::default()).await;
            read.send(()).await.unwrap();
            went.recv().await;
            panic!("checksum mismatch");
        });
        was_read.recv().await;
        let neighbour = context.child("state").spawn(|context| async move {
            context.open("node-state-log", &[2]).await.unwrap();
        });
        neighbour.await.unwrap();
        context.open("node-marshal", &[3]).await.unwrap();
        go.send(()).await.unwrap();
        let result: Result<(), Error> = failing.await;
        assert!(result.is_err());
    });
    let cause = faults.cause(Some("a task ended")).unwrap();
    assert!(
        cause.starts_with("home/chain/node-blocks-values/01 is damaged"),
        "{cause}"
    );
}

/// A task drops what it holds as it panics, and its neighbours fail for want of it.
#[test]
fn a_neighbour_that_fails_of_a_panic_is_not_the_cause() {
    /// Fails as its neighbour would: before the task that panics is done with it.
    struct Neighbour(Faults);
    impl Drop for Neighbour {
        fn drop(&mut self) {
            self.0.panicked("neighbour", &"the archive is gone");
        }
    }
    quiet_panics();
    let home = tempfile::tempdir().unwrap();
    let faults = faults();
    let config = runtime::Config::new()
        .with_storage_directory(home.path())
        .with_catch_panics(true);
    runtime::Runner::new(config).start(|context| async {
        let context = Layered::new(context, Guard::new(faults.clone()));
        let neighbour = Neighbour(faults.clone());
        let archive = context.child("archive").spawn(|_| async move {
            let _neighbour = neighbour;
            panic!("it is so");
        });
        let result: Result<(), Error> = archive.await;
        assert!(result.is_err());
    });
    assert_eq!(
        faults.cause(None).unwrap(),
        "its task archive failed: it is so"
    );
}

/// The engine opens several archives at once, and says which of them it can't.
#[test]
fn of_files_read_at_once_that_of_the_archive_is_named_that_can_not_be_opened() {
    deterministic::Runner::default().start(|context| async move {
        let faults = faults();
        let context = Layered::new(context, Guard::new(faults.clone()));
        for name in ["verified", "notarized", "notarizations"] {
            let partition = format!("node-marshal-cache-3-{name}-key");
            context.open(&partition, &[1]).await.unwrap();
        }
        for name in ["verified", "notarized"] {
            let said = format!("failed to initialize {name} archive");
            let cause = faults.cause(Some(&said)).unwrap();
            let file = format!("home/chain/node-marshal-cache-3-{name}-key/01 is damaged");
            assert!(cause.starts_with(&file), "{cause}");
        }
    });
}

#[test]
fn what_fails_while_a_node_stops_is_no_cause() {
    quiet_panics();
    let faults = faults();
    faults.stops();
    faults.panicked("voter", &"a neighbour is gone");
    assert_eq!(faults.cause(None), None);
    assert!(faults.clone().happened().now_or_never().is_none());
}

#[test]
fn an_address_that_is_taken_is_no_damaged_file() {
    deterministic::Runner::default().start(|context| async move {
        let faults = faults();
        let context = Layered::new(context, Guard::new(faults.clone()));
        context.open("node-blocks-values", &[1]).await.unwrap();
        faults.listens(([127, 0, 0, 1], 22_001).into());
        faults.panicked("listener", &"failed to bind listener: BindFailed");
        let cause = faults.cause(None).unwrap();
        assert!(
            cause.starts_with("another program took the address 127.0.0.1:22001"),
            "{cause}"
        );
        assert!(!cause.contains("damaged"), "{cause}");
    });
}

#[test]
fn neither_a_wrong_clock_nor_a_removed_file_is_blamed_on_the_file_read_last() {
    for (said, says) in [
        (
            "failed to get epoch time: SystemTimeError(3590.92s)",
            "clock stands before 1970",
        ),
        (
            "unable to prune journal: BlobMissing(node-consensus-0/01)",
            "a file is gone from home/chain",
        ),
    ] {
        deterministic::Runner::default().start(|context| async move {
            let faults = faults();
            let context = Layered::new(context, Guard::new(faults.clone()));
            context.open("node-blocks-values", &[1]).await.unwrap();
            faults.panicked("voter", &said);
            let cause = faults.cause(None).unwrap();
            assert!(cause.contains(says), "{cause}");
            assert!(!cause.contains("node-blocks-values"), "{cause}");
        });
    }
}

#[test]
fn what_the_system_says_about_a_file_becomes_what_to_do() {
    for (code, says) in [
        (28, "the disk is full: x could not be written"),
        (24, "ulimit -n"),
        (23, "no more files can be opened"),
        (30, "readable and writable"),
        (13, "can't be used by this user"),
        (27, "x can't become larger: "),
        (5, "needs a look"),
    ] {
        let error = io::Error::from_raw_os_error(code);
        let sentence = fault::sentence("x", &error);
        assert!(sentence.contains(says), "{sentence}");
        let faults = faults();
        let result: Result<(), Error> = faults.check("x", Err(error.into()));
        assert!(result.is_err(), "it is passed on");
        let happened = faults.clone().happened().now_or_never();
        assert!(happened.is_some(), "whoever runs the node is told");
        let later = io::Error::from_raw_os_error(1);
        let _ = faults.check("y", Err::<(), _>(later.into()));
        assert_eq!(
            faults.cause(Some("a task ended")).unwrap(),
            sentence,
            "the first counts"
        );
    }
}

/// The engine's files lose the system's answer where several pages are written at once. A full disk is no damage.
#[test]
fn a_write_that_failed_for_a_reason_that_is_lost_is_never_called_damage() {
    let home = tempfile::tempdir().unwrap();
    let gone = home.path().join("gone");
    for (folder, says) in [
        (
            home.path(),
            "could not be written, and the system did not say why",
        ),
        (gone.as_path(), "needs a look"),
    ] {
        let faults = Faults::new(folder);
        let _ = faults.check("x", Err::<(), _>(Error::WriteFailed));
        let panic = "unable to append to journal: Runtime(WriteFailed)".to_owned();
        faults.panicked("voter", &panic);
        let cause = faults.cause(None).unwrap();
        assert!(cause.starts_with("x"), "{cause}");
        assert!(cause.contains(says), "{cause}");
        assert!(!cause.contains("damaged"), "{cause}");
    }
    assert_eq!(
        home.path().read_dir().unwrap().count(),
        0,
        "nothing is left"
    );
}

#[test]
fn to_ask_for_what_is_not_there_is_no_fault() {
    deterministic::Runner::default().start(|context| async move {
        let faults = faults();
        let context = Layered::new(context, Guard::new(faults.clone()));
        assert!(context.scan("nothing").await.is_err());
        assert!(context.remove("nothing", None).await.is_err());
        assert_eq!(faults.cause(None), None);
    });
}
