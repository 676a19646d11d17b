//! What clients share: there is so much of it in all, and an address has so much of that.
//!
//! Whatever many can ask for at once and few could hold is a [`Shares`], which refuses, or a [`Turns`], which lets wait: so no address
//! keeps what all others need, and whoever would needs as many addresses as there are shares.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Whose bounds something counts for. Nobody's: what the node does by itself, and clients on its own machine, where a proxy may speak
/// for many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Whose(Option<IpAddr>);

impl Whose {
    pub(crate) const NOBODY: Self = Self(None);

    /// An IPv6 client can have as many addresses as it wants out of its network, so a network of 56 bits is one: households
    /// have as much.
    pub(crate) fn of(address: IpAddr, bound_loopback: bool) -> Self {
        let address = address.to_canonical();
        if address.is_loopback() && !bound_loopback {
            return Self::NOBODY;
        }
        Self(Some(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let network = address.to_bits() >> 72 << 72;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        }))
    }

    /// Whether this is somebody, and the same as another.
    pub(crate) fn is(self, other: Self) -> bool {
        self.0.is_some() && self == other
    }
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    All(usize),
    Address(usize),
}

impl std::fmt::Display for Full {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All(most) => write!(
                out,
                "{most} are open, which is as many as there may be; try again later"
            ),
            Self::Address(most) => write!(
                out,
                "{most} are open from this address, which is as many as one may have; close some"
            ),
        }
    }
}

/// Something there is a bounded amount of: places, or bytes.
#[derive(Debug)]
pub(crate) struct Shares {
    most: usize,
    most_of_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Of each address that has some.
    of: HashMap<IpAddr, usize>,
}

/// What was taken; it is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Arc<Shares>,
    whose: Whose,
    amount: usize,
}

impl Shares {
    pub(crate) fn new(most: usize, most_of_address: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_of_address,
            taken: Mutex::default(),
        })
    }

    /// Takes an amount, if there is so much. Who has nothing yet may take more than an address has a share of: what is larger than that
    /// could never be had otherwise.
    pub(crate) fn take(self: &Arc<Self>, whose: Whose, amount: usize) -> Result<Share, Full> {
        let mut taken = self.taken();
        let has = whose.0.and_then(|address| taken.of.get(&address)).copied();
        if has.is_some_and(|has| has.saturating_add(amount) > self.most_of_address) {
            return Err(Full::Address(self.most_of_address));
        }
        let all = taken.all.saturating_add(amount);
        if all > self.most {
            return Err(Full::All(self.most));
        }
        taken.all = all;
        if let Some(address) = whose.0 {
            *taken.of.entry(address).or_default() += amount;
        }
        Ok(Share {
            shares: Arc::clone(self),
            whose,
            amount,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.taken();
        taken.all = taken.all.saturating_sub(self.amount);
        let Some(address) = self.whose.0 else { return };
        if let Some(has) = taken.of.get_mut(&address) {
            *has = has.saturating_sub(self.amount);
            if *has == 0 {
                taken.of.remove(&address);
            }
        }
    }
}

/// Work of which a few are done at once, while others wait.
///
/// Of an address half as many, or one, are done or next to be: whoever asks waits for no more than those of each other address, however
/// many more it has asked for.
#[derive(Debug)]
pub(crate) struct Turns {
    most: usize,
    all: Arc<Semaphore>,
    /// Of each address that has a turn or waits for one.
    of: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

/// A turn; it is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _all: OwnedSemaphorePermit,
    _own: Option<OwnedSemaphorePermit>,
}

impl Turns {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            all: Arc::new(Semaphore::new(most)),
            of: Mutex::default(),
        }
    }

    /// Waits for a turn. Whoever drops this waits no more.
    pub(crate) async fn next(&self, whose: Whose) -> Result<Turn, AcquireError> {
        let own = match whose.0 {
            Some(address) => Some(self.of(address).acquire_owned().await?),
            None => None,
        };
        Ok(Turn {
            _all: Arc::clone(&self.all).acquire_owned().await?,
            _own: own,
        })
    }

    /// How many have a turn.
    pub(crate) fn in_work(&self) -> usize {
        self.most.saturating_sub(self.all.available_permits())
    }

    fn of(&self, address: IpAddr) -> Arc<Semaphore> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if !of.contains_key(&address) {
            // Those who have none and wait for none are forgotten.
            of.retain(|_, turns| Arc::strong_count(turns) > 1);
        }
        let own = of
            .entry(address)
            .or_insert_with(|| Arc::new(Semaphore::new((self.most / 2).max(1))));
        Arc::clone(own)
    }
}

#[cfg(test)]
mod tests;
