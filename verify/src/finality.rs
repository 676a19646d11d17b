//! Certificates of blocks, many checked together.

use crate::{
    batch::{self, Keys, Signed},
    certificate::Certificate,
};
use etm_types::{ChainId, Committee, Header, Member};

/// Certificates of blocks whose committees are known, checked together.
#[derive(Default)]
pub struct Finality {
    keys: Keys,
    signed: Vec<Signed>,
}

impl Finality {
    /// Takes up what makes the block of `header` final, by the committee of its round. Answers how many signed.
    ///
    /// # Errors
    /// Why it can be no certificate of that block.
    pub fn add(
        &mut self,
        chain: &ChainId,
        header: &Header,
        committee: &Committee,
        certificate: &Certificate,
    ) -> Result<usize, String> {
        let members: Vec<&Member> = committee.members.iter().collect();
        let block = (header.round, header.slot, &header.hash());
        let (signed, signers) = certificate.signed(chain, block, &members, &mut self.keys)?;
        self.signed.push(signed);
        Ok(signers.len())
    }

    /// Checks all that were taken up since the last time.
    ///
    /// # Errors
    /// Which of them, counted from 0, is not signed by the members it names.
    pub fn check(&mut self) -> Result<(), usize> {
        batch::check(&std::mem::take(&mut self.signed))
    }
}
