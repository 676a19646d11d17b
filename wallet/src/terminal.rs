//! The terminal: how wide it is, and its state, which is put back if a signal ends the program in the middle of a prompt without echo.

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};
use std::{
    fs::File,
    io::{self, IsTerminal, Read, Write},
    sync::{
        Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// The terminal and the state to put back; none if no prompt is open.
static KEPT: Mutex<Option<(File, Termios)>> = Mutex::new(None);
static WATCH: Once = Once::new();

/// The controlling terminal, which shows nothing of what is typed until this is dropped.
pub struct Silenced(File);

/// Whether the program ends by itself when it is told to.
static HEARD: AtomicBool = AtomicBool::new(false);

/// From now on a signal that ends a program is heard by this one, which ends in its own way. Only while something is asked it ends at once.
pub fn signals_are_heard() {
    HEARD.store(true, Ordering::SeqCst);
}

impl Silenced {
    /// Turns the echo off, so before anything is asked: what is typed at once would be seen otherwise.
    ///
    /// A signal that ends the program puts the terminal's state back first: without that the shell would go on without echo.
    ///
    /// # Errors
    /// The system's, if there is no terminal.
    pub fn open() -> io::Result<Self> {
        WATCH.call_once(|| {
            if let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]) {
                std::thread::spawn(move || {
                    for signal in signals.forever() {
                        let is_open = put_back();
                        if is_open {
                            let _ = writeln!(io::stderr());
                        }
                        if is_open || !HEARD.load(Ordering::SeqCst) {
                            let _ = emulate_default_handler(signal);
                        }
                    }
                });
            }
        });
        let terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let state = tcgetattr(&terminal)?;
        let mut silent = state.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // The end of the line is seen: the cursor goes on to the next.
        silent.local_modes.insert(LocalModes::ECHONL);
        // Kept before it is changed, and changed before the lock is let go: no signal finds one without the other.
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((terminal.try_clone()?, state));
        tcsetattr(&terminal, OptionalActions::Now, &silent)?;
        drop(kept);
        Ok(Self(terminal))
    }
}

impl Read for Silenced {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Silenced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Silenced {
    fn drop(&mut self) {
        put_back();
    }
}

/// Whether a prompt was open.
fn put_back() -> bool {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((terminal, state)) = kept else {
        return false;
    };
    let _ = tcsetattr(&terminal, OptionalActions::Now, &state);
    true
}

/// How many columns the terminal has that standard output goes to; none if it goes elsewhere.
pub fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}
