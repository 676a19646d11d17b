//! What one run is of.

use crate::{scenario::Scenario, world::World};

/// What a run needs.
pub struct Task<'a> {
    pub scenario: &'a Scenario,
    /// Its world for the seed.
    pub world: &'a World,
    /// The policy's name.
    pub policy: &'a str,
    pub seed: u64,
    /// Index of the variant, for the results.
    pub variant: usize,
}
