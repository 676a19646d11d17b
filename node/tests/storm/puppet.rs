//! What leaves and reaches a node. All that a misbehaving node says goes through the hands of a task that drops it, delays
//! it, breaks it or says it again; the node itself is the production engine.

use std::{
    num::NonZeroUsize,
    time::{Duration, SystemTime},
};

use commonware_actor::{Feedback, Unreliable};
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{
    CheckedSender, LimitedSender, Message, Receiver, Recipients, Sender as _, simulated,
};
use commonware_runtime::{
    Clock as _, IoBuf, IoBufs, Spawner as _, Supervisor as _, deterministic::Context,
};
use commonware_utils::channel::mpsc;

use crate::{dice::Dice, plan::Conduct};

type Wire = simulated::Sender<PublicKey, Context>;

/// The number of the channel on which whole blocks are sent, and of that on which they are asked for.
const BROADCAST: usize = 4;
const BACKFILL: usize = 3;
const VOTES: usize = 0;

/// Something a node wants to say.
struct Said {
    channel: usize,
    to: Vec<PublicKey>,
    bytes: Vec<u8>,
}

/// Says things, by itself or through a puppeteer.
#[derive(Clone, Debug)]
pub enum Mouth {
    /// An honest node's.
    Free(Box<Wire>),
    /// In the hands of a puppeteer.
    Held {
        channel: usize,
        others: Vec<PublicKey>,
        puppeteer: Puppeteer,
    },
}

/// The way to the task that speaks for a node.
#[derive(Clone, Debug)]
pub struct Puppeteer(mpsc::UnboundedSender<Said>);

pub enum Checked<'a> {
    Free(<Wire as LimitedSender>::Checked<'a>),
    Held {
        channel: usize,
        to: Vec<PublicKey>,
        puppeteer: Puppeteer,
    },
}

impl CheckedSender for Checked<'_> {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        match self {
            Self::Free(inner) => inner.recipients(),
            Self::Held { to, .. } => to.clone(),
        }
    }

    fn send(self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        match self {
            Self::Free(inner) => inner.send(message, priority),
            Self::Held {
                channel,
                to,
                puppeteer,
            } => {
                let message: IoBufs = message.into();
                let bytes = message.coalesce().as_ref().to_vec();
                let _ = puppeteer.0.send(Said { channel, to, bytes });
                Unreliable::new(Feedback::Ok)
            }
        }
    }
}

impl LimitedSender for Mouth {
    type PublicKey = PublicKey;
    type Checked<'a> = Checked<'a>;

    fn check(&mut self, recipients: Recipients<PublicKey>) -> Result<Checked<'_>, SystemTime> {
        match self {
            Self::Free(inner) => inner.check(recipients).map(Checked::Free),
            Self::Held {
                channel,
                others,
                puppeteer,
            } => Ok(Checked::Held {
                channel: *channel,
                to: match recipients {
                    Recipients::All => others.clone(),
                    Recipients::Some(some) => some,
                    Recipients::One(one) => vec![one],
                },
                puppeteer: puppeteer.clone(),
            }),
        }
    }
}

/// Hears things.
#[derive(Debug)]
pub struct Ear {
    inner: mpsc::UnboundedReceiver<Message<PublicKey>>,
    capacity: NonZeroUsize,
}

#[derive(Debug, thiserror::Error)]
#[error("closed")]
pub struct Closed;

impl Receiver for Ear {
    type Error = Closed;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<Message<PublicKey>, Closed> {
        self.inner.recv().await.ok_or(Closed)
    }

    fn capacity(&self) -> NonZeroUsize {
        self.capacity
    }
}

/// So many ears that hear the same.
pub fn ears<const N: usize>(
    context: &Context,
    mut receiver: simulated::Receiver<PublicKey>,
) -> [Ear; N] {
    let capacity = receiver.capacity();
    let mut mouths = Vec::new();
    let ears = std::array::from_fn(|_| {
        let (sender, inner) = mpsc::unbounded_channel();
        mouths.push(sender);
        Ear { inner, capacity }
    });
    context.child("ears").spawn(move |_| async move {
        while let Ok(message) = receiver.recv().await {
            for mouth in &mouths {
                let _ = mouth.send(message.clone());
            }
        }
    });
    ears
}

/// Gives the mouths of a node, one for each channel, into the hands of a task. `heard` are those a twin may speak to.
pub fn hold(
    context: &Context,
    wires: Vec<Wire>,
    others: &[PublicKey],
    heard: Option<Vec<PublicKey>>,
    conduct: Conduct,
    dice: Dice,
) -> Vec<Mouth> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let mouths = (0..wires.len())
        .map(|channel| Mouth::Held {
            channel,
            others: others.to_vec(),
            puppeteer: Puppeteer(sender.clone()),
        })
        .collect();
    let hand = Hand {
        wires,
        others: others.to_vec(),
        heard,
        conduct,
        dice,
        said: Vec::new(),
    };
    context
        .child("hand")
        .spawn(move |context| hand.run(context, receiver));
    mouths
}

struct Hand {
    wires: Vec<Wire>,
    others: Vec<PublicKey>,
    heard: Option<Vec<PublicKey>>,
    conduct: Conduct,
    dice: Dice,
    /// The last things said, by channel.
    said: Vec<(usize, Vec<u8>)>,
}

/// How much is remembered to be said again.
const MEMORY: usize = 64;

impl Hand {
    async fn run(mut self, context: Context, mut receiver: mpsc::UnboundedReceiver<Said>) {
        let every = match self.conduct {
            Conduct::Garbage { every } | Conduct::Replay { every } => every,
            _ => 3_600_000,
        };
        let mut next = context.current() + Duration::from_millis(every);
        loop {
            commonware_macros::select! {
                said = receiver.recv() => {
                    let Some(said) = said else { return };
                    self.say(&context, said);
                },
                () = context.sleep_until(next) => {
                    next = context.current() + Duration::from_millis(every);
                    self.meddle();
                },
            }
        }
    }

    fn say(&mut self, context: &Context, mut said: Said) {
        if let Some(heard) = &self.heard {
            said.to.retain(|to| heard.contains(to));
        }
        match self.conduct {
            Conduct::Withhold { hear_percent } if matches!(said.channel, BROADCAST | BACKFILL) => {
                said.to.retain(|_| self.dice.chance(hear_percent));
            }
            Conduct::Mute { hear_percent } if said.channel == VOTES => {
                said.to.retain(|_| self.dice.chance(hear_percent));
            }
            Conduct::Late { by } if said.channel == BROADCAST => {
                let mut wire = self.wires[said.channel].clone();
                context.child("late").spawn(move |context| async move {
                    context.sleep(Duration::from_millis(by)).await;
                    wire.send(Recipients::Some(said.to), IoBuf::from(said.bytes), false);
                });
                return;
            }
            Conduct::Garbage { .. } | Conduct::Replay { .. } => {
                if self.said.len() == MEMORY {
                    let forgotten = self.dice.index(MEMORY);
                    self.said.swap_remove(forgotten);
                }
                self.said.push((said.channel, said.bytes.clone()));
            }
            _ => {}
        }
        if !said.to.is_empty() {
            self.wires[said.channel].send(
                Recipients::Some(said.to),
                IoBuf::from(said.bytes),
                false,
            );
        }
    }

    /// Says something nobody asked for.
    fn meddle(&mut self) {
        let garbage = matches!(self.conduct, Conduct::Garbage { .. });
        let (channel, mut bytes) = if self.said.is_empty() || (garbage && self.dice.chance(30)) {
            let length = self.dice.index(400);
            (self.dice.index(self.wires.len()), self.dice.bytes(length))
        } else {
            let index = self.dice.index(self.said.len());
            self.said[index].clone()
        };
        if garbage && !bytes.is_empty() && self.dice.chance(80) {
            match self.dice.within(0, 2) {
                0 => bytes.truncate(self.dice.index(bytes.len())),
                1 => bytes.extend(self.dice.bytes(8)),
                _ => {
                    let place = self.dice.index(bytes.len());
                    bytes[place] ^= 1 << self.dice.within(0, 7);
                }
            }
        }
        let to = self.others[self.dice.index(self.others.len())].clone();
        self.wires[channel].send(Recipients::One(to), IoBuf::from(bytes), false);
    }
}
