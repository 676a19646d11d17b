//! What two nodes tell each other before anything else, so that one of another version or chain is told apart from one
//! that is broken.

use std::{
    any::Any,
    collections::BTreeSet,
    future::Future,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use commonware_runtime::{Buf as _, Clock, Error as RuntimeError, IoBuf, Sink, Stream};
use commonware_stream::Upgrader;
use etm_types::ChainId;
use rand_core::CryptoRng;
use thiserror::Error;
use tracing::warn;

use super::{bounds::Measured, pings::Awake};
use crate::runtime::door::Knock;

/// First bytes of every connection.
const MAGIC: [u8; 7] = *b"etm-p2p";
/// What the nodes say to each other, and how. A change that an older node would misunderstand adds one.
pub const VERSION: u16 = 4;
const BYTES: usize = MAGIC.len() + 2 + 32;
/// Different kinds of strangers that are written to the log.
const MOST_TOLD: usize = 16;

/// Introduces the nodes to each other before `U` secures the connection.
#[derive(Clone)]
pub struct Preface<U> {
    inner: U,
    chain: ChainId,
    told: Arc<Mutex<BTreeSet<String>>>,
    knock: TakeKnock,
}

/// How the place at the door is taken from a connection that came. The network hides what it reads from behind its own types.
type TakeKnock = fn(&mut dyn Any) -> Option<Knock>;

/// A connection was not secured.
#[derive(Debug, Error)]
pub enum PrefaceError<E> {
    /// It broke.
    #[error(transparent)]
    Io(RuntimeError),
    /// The other side can't be talked to.
    #[error("{0}")]
    Stranger(String),
    /// It took long, and others wait.
    #[error("its place was needed for another")]
    PutOut,
    /// The handshake failed.
    #[error(transparent)]
    Handshake(E),
}

impl<U> Preface<U> {
    /// For nodes of `chain`, whose connections that come have a place at a door until they are secured.
    pub fn new(inner: U, chain: ChainId, knock: TakeKnock) -> Self {
        Self {
            inner,
            chain,
            told: Arc::default(),
            knock,
        }
    }

    async fn exchange<E>(
        &self,
        stream: &mut impl Stream,
        sink: &mut impl Sink,
    ) -> Result<(), PrefaceError<E>> {
        let ours = encode(VERSION, &self.chain);
        sink.send(IoBuf::copy_from_slice(&ours))
            .await
            .map_err(PrefaceError::Io)?;
        let mut received = stream.recv(BYTES).await.map_err(PrefaceError::Io)?;
        let mut theirs = [0; BYTES];
        received.copy_to_slice(&mut theirs);
        let Err(stranger) = recognise(&theirs, &self.chain) else {
            return Ok(());
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < MOST_TOLD && told.insert(stranger.clone()) {
            warn!("a connection was refused: {stranger}");
        }
        Err(PrefaceError::Stranger(stranger))
    }
}

/// Whether a node of `chain` that can be talked to answers at `address` (`host:port`). Blocks the thread.
///
/// # Errors
/// What is there instead.
pub fn probe(address: &str, chain: &ChainId, patience: Duration) -> Result<(), String> {
    let addresses = address
        .to_socket_addrs()
        .map_err(|error| format!("the name can't be looked up: {error}"))?;
    let mut failure = "the name has no address".to_owned();
    for address in addresses {
        match greet(address, chain, patience) {
            Ok(theirs) => return recognise(&theirs, chain),
            Err(error) => failure = format!("no connection with {address}: {error}"),
        }
    }
    Err(failure)
}

fn greet(address: SocketAddr, chain: &ChainId, patience: Duration) -> io::Result<[u8; BYTES]> {
    let mut stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(&encode(VERSION, chain))?;
    let mut theirs = [0; BYTES];
    stream.read_exact(&mut theirs)?;
    Ok(theirs)
}

fn encode(version: u16, chain: &ChainId) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let (magic, rest) = bytes.split_at_mut(MAGIC.len());
    magic.copy_from_slice(&MAGIC);
    let (number, id) = rest.split_at_mut(2);
    number.copy_from_slice(&version.to_be_bytes());
    id.copy_from_slice(&chain.0);
    bytes
}

/// Whether these are the first bytes of a node that can be talked to; otherwise what it is.
fn recognise(bytes: &[u8; BYTES], chain: &ChainId) -> Result<(), String> {
    let (magic, rest) = bytes.split_at(MAGIC.len());
    let (number, id) = rest.split_at(2);
    if magic != MAGIC {
        return Err(
            "the other side is no node of etm, or one from before versions were exchanged".into(),
        );
    }
    let version = u16::from_be_bytes(number.try_into().unwrap_or_default());
    if version != VERSION {
        let (older, what) = if version > VERSION {
            ("this node", "newer")
        } else {
            ("the other node", "older")
        };
        return Err(format!(
            "the other node speaks version {version} of the protocol, {what} than {VERSION} here: {older} needs an update"
        ));
    }
    if id != chain.0 {
        return Err("the other node is of another chain: its genesis is another".into());
    }
    Ok(())
}

impl<U: Upgrader> Upgrader for Preface<U>
where
    U::PublicKey: Send,
{
    const MAX_SIZE: u32 = U::MAX_SIZE;

    type PublicKey = U::PublicKey;
    type Error = PrefaceError<U::Error>;
    type Sender<I: Stream, O: Sink> = U::Sender<I, O>;
    type Receiver<I: Stream, O: Sink> = Measured<Awake<U::Receiver<I, O>>>;

    fn public_key(&self) -> Self::PublicKey {
        self.inner.public_key()
    }

    async fn dial<C, I, O>(
        self,
        context: C,
        namespace: &[u8],
        max_message_size: u32,
        peer: Self::PublicKey,
        mut stream: I,
        mut sink: O,
    ) -> Result<(Self::Sender<I, O>, Self::Receiver<I, O>), Self::Error>
    where
        C: Clock + CryptoRng,
        I: Stream,
        O: Sink,
    {
        self.exchange(&mut stream, &mut sink).await?;
        self.inner
            .dial(context, namespace, max_message_size, peer, stream, sink)
            .await
            .map(|(sender, receiver)| (sender, Measured::new(Awake::new(receiver))))
            .map_err(PrefaceError::Handshake)
    }

    async fn listen<C, I, O, B, F>(
        self,
        context: C,
        namespace: &[u8],
        max_message_size: u32,
        bouncer: B,
        mut stream: I,
        mut sink: O,
    ) -> Result<(Self::PublicKey, Self::Sender<I, O>, Self::Receiver<I, O>), Self::Error>
    where
        C: Clock + CryptoRng,
        I: Stream,
        O: Sink,
        B: FnOnce(Self::PublicKey) -> F + Send,
        F: Future<Output = bool> + Send,
    {
        let knock = (self.knock)(&mut stream);
        let secured = async {
            self.exchange(&mut stream, &mut sink).await?;
            self.inner
                .listen(context, namespace, max_message_size, bouncer, stream, sink)
                .await
                .map(|(peer, sender, receiver)| (peer, sender, Measured::new(Awake::new(receiver))))
                .map_err(PrefaceError::Handshake)
        };
        let Some(knock) = knock else {
            return secured.await;
        };
        tokio::select! {
            biased;
            secured = secured => secured,
            () = knock.put_out() => Err(PrefaceError::PutOut),
        }
    }
}

#[cfg(test)]
mod tests;
