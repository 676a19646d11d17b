use super::*;
use crate::{study, world::World};
use std::path::Path;

#[test]
fn every_preset_is_valid_and_can_begin() {
    for (name, text) in PRESETS {
        let variants =
            study::variants(text, &[]).unwrap_or_else(|error| unreachable!("{name}: {error}"));
        for variant in [variants.first(), variants.last()].into_iter().flatten() {
            assert_eq!(variant.study.name, *name);
            let world = World::build(&variant.study, Path::new(""), 1);
            assert!(world.is_ok(), "{name}: {:?}", world.err());
        }
    }
    assert!(find("nonsense").is_err_and(|text| text.contains("holders-40k")));
}
