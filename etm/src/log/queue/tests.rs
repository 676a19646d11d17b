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

#[test]
fn a_target_that_fails_costs_its_lines_alone() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let (mut queue, settles) = to(full).unwrap();
    for _ in 0..10 {
        queue.write_all(b"a line\n").unwrap();
    }
    drop(settles);
}
