use super::*;
use std::sync::{Mutex, mpsc::channel};

/// Writes nothing until it may, and keeps what it wrote.
struct Slow {
    may: Receiver<()>,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Write for Slow {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = self.may.recv();
        self.written.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn whoever_logs_does_not_wait_and_what_is_lost_is_counted() {
    let (go, may) = channel();
    let written = Arc::new(Mutex::new(Vec::new()));
    let slow = Slow {
        may,
        written: Arc::clone(&written),
    };
    let (mut queue, settles) = to(slow).unwrap();
    let all = 3 * WAITING;
    for number in 0..all {
        queue.write_all(format!("{number}\n").as_bytes()).unwrap();
    }
    drop(go);
    drop(settles);
    let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    let (kept, others): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.parse::<usize>().is_ok());
    let lost: usize = others
        .iter()
        .map(|line| line.split(' ').next().unwrap().parse::<usize>().unwrap())
        .sum();
    assert!(kept.len() >= WAITING, "{}", kept.len());
    assert_eq!(kept.len() + lost, all, "{others:?}");
}

/// Fails the first time.
struct Failing {
    failed: bool,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Write for Failing {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if !std::mem::replace(&mut self.failed, true) {
            return Err(io::Error::other("full"));
        }
        self.written.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_line_that_can_not_be_written_costs_no_other() {
    let written = Arc::new(Mutex::new(Vec::new()));
    let (mut queue, settles) = to(Failing {
        failed: false,
        written: Arc::clone(&written),
    })
    .unwrap();
    for line in ["first\n", "second\n"] {
        queue.write_all(line.as_bytes()).unwrap();
    }
    drop(settles);
    assert_eq!(*written.lock().unwrap(), b"second\n");
}
