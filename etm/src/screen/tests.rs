use super::*;

/// Refuses everything.
struct Refusing(fn() -> io::Error);

impl Write for Refusing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err((self.0)())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_an_end_a_full_disk_a_failure_and_a_closed_terminal_nothing() {
    let told = |error: fn() -> io::Error| {
        write(&mut Refusing(error), "a line").map_err(|failure| failure.to_string())
    };
    assert_eq!(told(|| io::ErrorKind::BrokenPipe.into()), Ok(Reader::Gone));
    assert_eq!(told(|| io::Error::from_raw_os_error(5)), Ok(Reader::There));
    let full = told(|| io::ErrorKind::StorageFull.into()).unwrap_err();
    assert!(
        full.starts_with("standard output cannot be written: "),
        "{full}"
    );
}
