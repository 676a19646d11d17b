//! Names of peers, looked up where nobody else waits.
//!
//! The system's lookup blocks a thread for as long as the servers of a name like, and can't be given up. A runtime takes a thread for it that
//! consensus' files need, and another each time a peer is dialled again: a few members whose names nobody answers would stop every node.
//! Here each name has a thread of its own, and never two.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    io,
    net::{IpAddr, ToSocketAddrs as _},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use commonware_runtime::Error;
use tokio::sync::watch;

use super::Layer;

/// The most names that are looked up at once: more than two committees, their candidates and those of the round before can be in vain.
pub(crate) const MOST: usize = 512;

/// How long an answer waits that came when who asked had given up.
const KEPT: Duration = Duration::from_secs(60);

/// What a lookup takes of memory, if it takes all.
pub(crate) const STACK: usize = 256 * 1024;

type Answer = Result<Vec<IpAddr>, String>;
type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;
/// `None` as long as the servers have not answered.
type Asked = watch::Receiver<Option<(Instant, Answer)>>;

/// Where a runtime asks for the addresses of names.
#[derive(Clone)]
pub struct Names {
    lookup: Arc<Lookup>,
    asked: Arc<Mutex<HashMap<String, Asked>>>,
}

impl fmt::Debug for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Names").finish_non_exhaustive()
    }
}

impl Names {
    /// Names as the system knows them (`/etc/hosts`, `/etc/resolv.conf`, whatever it is told to ask).
    pub fn of_system() -> Self {
        Self::new(|host| {
            let addresses = (host, 0).to_socket_addrs()?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }

    fn new(lookup: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Self {
        Self {
            lookup: Arc::new(lookup),
            asked: Arc::default(),
        }
    }

    /// The answer that is awaited already or came to nobody, or a new question.
    fn ask(&self, host: &str) -> Result<Asked, String> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, answer| match &*answer.borrow() {
            Some((came, _)) => came.elapsed() < KEPT,
            // Who looks a name up is gone if that panicked.
            None => answer.has_changed().is_ok(),
        });
        if let Some(answer) = asked.get(host) {
            return Ok(answer.clone());
        }
        if asked.len() >= MOST {
            return Err(format!("{MOST} names are being looked up already"));
        }
        let (sender, answer) = watch::channel(None);
        let (lookup, name) = (self.lookup.clone(), host.to_owned());
        std::thread::Builder::new()
            .name("etm-name".into())
            .stack_size(STACK)
            .spawn(move || {
                let answer = lookup(&name).map_err(|error| error.to_string());
                sender.send_replace(Some((Instant::now(), answer)));
            })
            .map_err(|error| error.to_string())?;
        asked.insert(host.to_owned(), answer.clone());
        Ok(answer)
    }

    async fn addresses(&self, host: &str) -> Answer {
        let mut asked = self.ask(host)?;
        let answer = asked.wait_for(Option::is_some).await;
        let answer = answer.map_or(None, |answer| answer.clone());
        let (_, answer) = answer.ok_or("the lookup ended without an answer")?;
        // It has been told: whoever asks from now on gets a new one.
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(host).is_some_and(|of| of.same_channel(&asked)) {
            all.remove(host);
        }
        answer
    }
}

impl Layer for Names {
    type File = ();

    fn file(&self, _: &str, _: &[u8]) {}

    async fn resolve(
        &self,
        host: &str,
        _: impl Future<Output = Result<Vec<IpAddr>, Error>> + Send,
    ) -> Result<Vec<IpAddr>, Error> {
        let addresses = self.addresses(host).await;
        addresses.map_err(|reason| Error::ResolveFailed(format!("{host}: {reason}")))
    }
}
