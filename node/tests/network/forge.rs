//! Certificates by those who may not sign. The tests of the program over hosts read this file, too.

use commonware_codec::{Copying, Encode as _, Read as _};
use commonware_consensus::{
    simplex::types::{Finalization, Finalize, Proposal},
    types::{Epoch, Round as EngineRound, View},
};
use commonware_cryptography::{certificate::Provider as _, sha256};
use commonware_parallel::Sequential;
use commonware_utils::iter::NonEmpty;
use etm_node::engine::{
    provider::Schemes,
    types::{Scheme, private_key},
};
use etm_types::{
    Block, ChainId, Committee, DialAddress, Hash, Member, MinerId, MinerName, MinerSecrets,
    namespace,
};
use std::sync::Arc;

/// A certificate of a block by nodes that are on no committee, in the view of the true one.
pub fn forged(chain: ChainId, members: usize, block: &Block, certificate: &[u8]) -> Vec<u8> {
    if certificate.is_empty() {
        return Vec::new();
    }
    let theirs =
        Finalization::<Scheme, sha256::Digest>::read_cfg(&mut Copying(certificate), &members)
            .unwrap();
    let secrets: Vec<MinerSecrets> = (0..members as u8)
        .map(|seed| MinerSecrets::from_seed([200 + seed; 32]))
        .collect();
    let member = |(index, secrets): (usize, &MinerSecrets)| Member {
        miner: MinerId(index as u32),
        node: secrets.node.node_key(),
        bls: secrets.bls.public_key(),
        dial: DialAddress::new("127.0.0.1:4000").unwrap(),
        name: MinerName::new("forger").unwrap(),
    };
    let committee = Committee {
        round: block.header.round,
        members: secrets.iter().enumerate().map(member).collect(),
    };
    let Hash(digest) = block.hash();
    let round = EngineRound::new(
        Epoch::new(block.header.round.0),
        View::new(theirs.proposal.round.view().get()),
    );
    let proposal = Proposal::new(round, theirs.proposal.parent, sha256::Digest::from(digest));
    let schemes: Vec<Arc<Scheme>> = secrets
        .iter()
        .map(|secrets| {
            let schemes = Schemes::new(namespace::consensus(&chain), private_key(&secrets.bls));
            schemes.register(block.header.round, &committee).unwrap();
            schemes.scheme(round.epoch()).unwrap()
        })
        .collect();
    let votes: Vec<_> = schemes
        .iter()
        .map(|scheme| Finalize::sign(scheme.as_ref(), proposal.clone()).unwrap())
        .collect();
    let votes = NonEmpty::try_new(votes.iter()).unwrap();
    let forged = Finalization::from_finalizes(schemes[0].as_ref(), votes, &Sequential);
    forged.unwrap().encode().into()
}
