//! The machines nodes run on: some stand still for a while, and some have wrong clocks.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as Task, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use commonware_runtime::{Clock as _, deterministic::Context};
use etm_node::{engine::clock::ChainClock, runtime::Layer};

/// What happens to a machine, by the time of the simulation.
#[derive(Clone, Debug, Default)]
pub struct Fate {
    /// From when to when it stands still, as a process that was stopped.
    pub pauses: Vec<(Duration, Duration)>,
    /// From when on its clock is wrong by so many ms; right before the first.
    pub clock: Vec<(Duration, i64)>,
    /// How long after its start it takes up a journal of consensus.
    pub slow: Duration,
}

impl Fate {
    /// From `at` on the clock is wrong by `ms`.
    pub fn clock_at(mut self, at: Duration, ms: i64) -> Self {
        self.clock.push((at, ms));
        self
    }

    /// The machine stands still from `from` to `to`.
    pub fn pause(mut self, from: Duration, to: Duration) -> Self {
        self.pauses.push((from, to));
        self
    }

    /// The machine takes so long until it takes up a journal of consensus.
    pub fn slow(mut self, by: Duration) -> Self {
        self.slow = by;
        self
    }

    /// The clock of such a machine.
    pub fn clock(&self) -> ChainClock {
        let steps = self.clock.clone();
        ChainClock::simulated(move |time| {
            let wrong = steps
                .iter()
                .rev()
                .find(|(at, _)| at.as_millis() <= u128::from(time));
            time.saturating_add_signed(wrong.map_or(0, |(_, ms)| *ms))
        })
    }
}

/// Holds the tasks of a machine while it stands still.
#[derive(Clone)]
pub struct Machine {
    context: Arc<Context>,
    pauses: Arc<[(Duration, Duration)]>,
    slow: Duration,
}

impl Machine {
    pub fn new(context: Context, fate: &Fate) -> Self {
        Self {
            context: Arc::new(context),
            pauses: fate.pauses.clone().into(),
            slow: fate.slow,
        }
    }

    /// Until when it stands still.
    fn still(&self) -> Option<SystemTime> {
        let now = self.context.current();
        let elapsed = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let pause = self
            .pauses
            .iter()
            .find(|(from, to)| (*from..*to).contains(&elapsed))?;
        Some(UNIX_EPOCH + pause.1)
    }
}

impl Layer for Machine {
    type File = ();

    fn file(&self, _: &str, _: &[u8]) {}

    fn task<F>(
        &self,
        label: &str,
        task: F,
    ) -> impl Future<Output = F::Output> + Send + 'static + use<F>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let slow = label.ends_with("voter") && !self.slow.is_zero();
        let until = slow.then(|| Box::pin(self.context.sleep(self.slow)) as Pin<Box<_>>);
        Held {
            task: Box::pin(task),
            machine: self.clone(),
            until,
        }
    }
}

/// A task of a machine.
struct Held<F> {
    task: Pin<Box<F>>,
    machine: Machine,
    until: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<F: Future> Future for Held<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let held = self.get_mut();
        loop {
            if let Some(until) = &mut held.until {
                if until.as_mut().poll(task).is_pending() {
                    return Poll::Pending;
                }
                held.until = None;
            }
            match held.machine.still() {
                Some(end) => held.until = Some(Box::pin(held.machine.context.sleep_until(end))),
                None => return held.task.as_mut().poll(task),
            }
        }
    }
}
