use super::*;
use etm_mechanism::Params;
use etm_types::{Beacon, Round};
use etm_verify::Facts;

#[test]
fn what_was_proved_is_refused_once_a_single_bit_of_it_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(Some(folder.path().to_owned())).unwrap();
    let chain = ChainId([7; 32]);
    assert_eq!(held.load(chain).unwrap(), None);
    let facts = Facts {
        chain,
        params: Params::mainnet(),
        timestamp_ms: 0,
        beacon: Beacon([1; 32]),
    };
    let trust = Trust::at(facts, Round(3), [Hash::ZERO; 2]);
    held.save(&trust).unwrap();
    assert_eq!(held.load(chain).unwrap(), Some(trust));
    let path = held.path(&format!("{chain}.trust")).unwrap();
    let kept = fs::read(&path).unwrap();
    for place in 0..kept.len() {
        let mut changed = kept.clone();
        changed[place] ^= 1;
        fs::write(&path, changed).unwrap();
        let refused = held.load(chain).unwrap_err();
        assert_eq!(refused.code, "invalid_chains", "byte {place}");
        assert!(refused.message.contains("damaged"), "{}", refused.message);
    }
    for length in [0, 31, kept.len() - 1] {
        fs::write(&path, &kept[..length]).unwrap();
        assert_eq!(held.load(chain).unwrap_err().code, "invalid_chains");
    }
}
