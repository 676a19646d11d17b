//! What one run is of.

use crate::{study::Study, world::World};

/// What a run needs.
pub struct Task<'a> {
    pub study: &'a Study,
    /// Its world for the seed.
    pub world: &'a World,
    /// The policy's name.
    pub policy: &'a str,
    pub seed: u64,
    /// Index of the variant, for the results.
    pub variant: usize,
}
