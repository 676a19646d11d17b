//! The terminal: how wide it is, and its state, which is put back if a signal ends the program in the middle of a prompt without echo.

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};
use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    sync::{Mutex, Once, PoisonError},
};

/// The terminal and the state to put back; none if no prompt is open.
static KEPT: Mutex<Option<(File, Termios)>> = Mutex::new(None);
static WATCH: Once = Once::new();

/// Keeps the terminal's state until it is dropped.
#[must_use]
pub struct Kept(());

/// Remembers the terminal's state. A signal that ends the program puts it back first: without that the shell would go on without echo.
pub fn keep() -> Kept {
    let state = File::open("/dev/tty").and_then(|terminal| {
        let state = tcgetattr(&terminal)?;
        Ok((terminal, state))
    });
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = state.ok();
    WATCH.call_once(|| {
        if let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]) {
            std::thread::spawn(move || {
                for signal in signals.forever() {
                    put_back();
                    let _ = emulate_default_handler(signal);
                }
            });
        }
    });
    Kept(())
}

impl Drop for Kept {
    fn drop(&mut self) {
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

fn put_back() {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((terminal, state)) = kept {
        let _ = tcsetattr(&terminal, OptionalActions::Now, &state);
        let _ = writeln!(io::stderr());
    }
}

/// How many columns the terminal has that standard output goes to; none if it goes elsewhere.
pub fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}
