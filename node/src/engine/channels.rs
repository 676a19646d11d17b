//! The channels of consensus: one instance a round shares them with the next.

use commonware_p2p::{
    Channel, Message, Receiver, Sender,
    utils::mux::{Builder as _, MuxHandle, Muxer},
};
use commonware_runtime::Spawner;
use commonware_utils::channel::mpsc;

use super::{laggards::Laggards, types::PublicKey};

type Backup = mpsc::Receiver<(Channel, Message<PublicKey>)>;

/// The channels of consensus, split by round.
pub struct Channels<S: Sender> {
    pub votes: MuxHandle<S>,
    /// Votes of rounds that don't run here, questions and their answers.
    pub votes_of_other_rounds: Backup,
    pub certificates: MuxHandle<S>,
    /// Certificates of rounds that don't run here.
    pub certificates_of_other_rounds: Backup,
    /// Of the resolver of certificates.
    pub resolver: MuxHandle<S>,
    /// Asks and answers nodes in other rounds.
    pub laggards: Laggards<S>,
}

impl<S: Sender<PublicKey = PublicKey>> Channels<S> {
    /// Splits the channels.
    pub fn new<E, R>(context: &E, votes: (S, R), certificates: (S, R), resolver: (S, R)) -> Self
    where
        E: Spawner,
        R: Receiver<PublicKey = PublicKey>,
    {
        let (mux, votes, votes_of_other_rounds, questions) =
            Muxer::builder(context.child("votes"), votes.0, votes.1)
                .with_backup()
                .with_global_sender()
                .build();
        mux.start();
        let (mux, certificates, certificates_of_other_rounds, to_laggards) = Muxer::builder(
            context.child("certificates"),
            certificates.0,
            certificates.1,
        )
        .with_backup()
        .with_global_sender()
        .build();
        mux.start();
        let (mux, resolver) = Muxer::new(context.child("resolver"), resolver.0, resolver.1);
        mux.start();
        Self {
            votes,
            votes_of_other_rounds,
            certificates,
            certificates_of_other_rounds,
            resolver,
            laggards: Laggards::new(questions, to_laggards),
        }
    }
}
