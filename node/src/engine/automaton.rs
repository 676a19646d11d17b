//! What consensus drives, put together.

use commonware_consensus::{marshal::standard::Deferred, types::FixedEpocher};
use commonware_glue::stateful;

use super::{
    application::App,
    block::EngineBlock,
    paced::{Paced, Punctual},
    types::Scheme,
};

/// The state, asked when a slot has come, by way of marshal's blocks; its votes wait for their time.
pub type Automaton<E> =
    Punctual<E, Deferred<E, Scheme, Paced<stateful::Mailbox<E, App>>, EngineBlock, FixedEpocher>>;
