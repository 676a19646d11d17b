//! What a process of this program waits with: threads, and the signal to end.

use crate::failure::Failure;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// Threads for the API and for what waits.
///
/// # Errors
/// [`Failure`] if the system gives none.
pub fn runtime() -> Result<Runtime, Failure> {
    build(
        Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("etm-api"),
    )
}

/// This thread alone, for what asks and waits for the answer.
///
/// # Errors
/// [`Failure`] if the system gives nothing to wait with.
pub fn waiting() -> Result<Runtime, Failure> {
    build(&mut Builder::new_current_thread())
}

fn build(builder: &mut Builder) -> Result<Runtime, Failure> {
    let runtime = builder.enable_all().build();
    runtime.map_err(|error| Failure::Failed(format!("no threads to be had: {error}")))
}

/// From now on a file that the limit on sizes (`ulimit -f`) keeps from growing is an error of whoever writes it, which says so; the system
/// would end the process without a word.
pub fn hear_of_large_files() {
    // It need not be known that the signal came. Where it can't be caught it is as it was.
    let _ = signal_hook::flag::register(signal_hook::consts::signal::SIGXFSZ, Arc::default());
}

/// Waits for Ctrl-C, a request to end, or the end of the terminal - unless the process is to live through that, as with `nohup`.
pub async fn stop_signal() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    etm_wallet::terminal::signals_are_heard();
    let failed = |error: std::io::Error| Failure::Failed(format!("no signals to be had: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut hangup = match std::fs::read_to_string("/proc/self/status") {
        Ok(status) if !ignores_hangup(&status) => {
            Some(signal(SignalKind::hangup()).map_err(failed)?)
        }
        _ => None,
    };
    let hung_up = async {
        match &mut hangup {
            Some(hangup) => hangup.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.map_err(failed),
        _ = terminate.recv() => Ok(()),
        _ = hung_up => Ok(()),
    }
}

/// Whether the kernel says of a process that it ignores SIGHUP: the lowest bit of its mask.
fn ignores_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask & 1 == 1)
}
