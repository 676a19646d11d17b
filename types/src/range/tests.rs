use super::*;
use proptest::prelude::*;

fn range(lengths: &[(usize, usize)]) -> Range {
    let fill = |length: usize, seed: usize| -> Vec<u8> {
        (0..length).map(|at| (at * 31 + seed) as u8).collect()
    };
    let blocks = lengths.iter().enumerate();
    Range {
        chain: ChainId([7; 32]),
        first: Height(65),
        blocks: blocks
            .map(|(seed, (certificate, block))| RangeBlock {
                certificate: fill(*certificate, seed),
                block: fill(*block, seed + 1),
            })
            .collect(),
    }
}

fn encode(range: &Range) -> Vec<u8> {
    let mut writer = RangeWriter::new(range.chain, range.first);
    for block in &range.blocks {
        assert!(writer.push(&block.certificate, &block.block));
    }
    writer.finish().unwrap()
}

#[test]
fn the_format_is_what_the_documentation_says() {
    let bytes = encode(&range(&[(1, 2)]));
    let mut wanted = b"etmrange\x00\x01".to_vec();
    wanted.extend_from_slice(&[7; 32]);
    wanted.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 65, 0, 0, 0, 1]);
    wanted.extend_from_slice(&[0, 1, 0, 0, 0, 0, 2, 1, 32]);
    assert_eq!(bytes, wanted);
}

#[test]
fn what_is_no_range_is_refused_by_name() {
    let good = encode(&range(&[(57, 300), (0, 1), (1_024, 9)]));
    for end in 0..good.len() {
        assert!(Range::from_bytes(&good[..end]).is_err(), "{end} bytes");
    }
    assert!(Range::from_bytes(&[&good[..], &[0]].concat()).is_err());
    assert_eq!(Range::from_bytes(b"<html>..."), Err(RangeError::Other));
    let mut newer = good.clone();
    newer[9] = 2;
    let error = Range::from_bytes(&newer).unwrap_err();
    assert_eq!(error, RangeError::Version(2));
    assert!(
        error.to_string().contains("a newer etm is needed"),
        "{error}"
    );
    assert!(Range::from_bytes(&vec![0; MAX_BYTES + 1]).is_err());
    assert_eq!(RangeWriter::new(ChainId([0; 32]), Height(1)).finish(), None);
}

#[test]
fn a_range_stops_where_it_is_large_enough() {
    let mut writer = RangeWriter::new(ChainId([1; 32]), Height(1));
    let block = vec![1; MAX_BLOCK_BYTES];
    assert!(!writer.push(&[], &vec![0; MAX_BLOCK_BYTES + 1]));
    assert!(!writer.push(&[0; MAX_CERTIFICATE_BYTES + 1], &[0]));
    assert!(writer.push(&[], &vec![2; ENOUGH_BYTES - HEAD_BYTES - ENTRY_BYTES - 1]));
    assert!(writer.takes_more(), "one byte is missing");
    assert!(writer.push(&[9; MAX_CERTIFICATE_BYTES], &block));
    assert!(!writer.takes_more());
    let bytes = writer.finish().unwrap();
    assert!(bytes.len() < MAX_BYTES);
    assert_eq!(Range::from_bytes(&bytes).unwrap().blocks.len(), 2);

    let mut writer = RangeWriter::new(ChainId([1; 32]), Height(1));
    while writer.takes_more() {
        assert!(writer.push(&[], &[1]));
    }
    assert_eq!(writer.count() as usize, MAX_BLOCKS);
}

proptest! {
    #[test]
    fn what_is_written_is_what_is_read(lengths in prop::collection::vec((0usize..200, 1usize..600), 1..20)) {
        let range = range(&lengths);
        prop_assert_eq!(Range::from_bytes(&encode(&range)), Ok(range));
    }

    #[test]
    fn no_bytes_make_the_decoder_fail_otherwise(at in 0usize..400, value in any::<u8>(), cut in 0usize..400) {
        let mut bytes = encode(&range(&[(57, 200), (0, 80)]));
        let at = at % bytes.len();
        bytes[at] = value;
        if let Ok(range) = Range::from_bytes(&bytes) {
            prop_assert_eq!(encode(&range), bytes.clone());
        }
        bytes.truncate(cut);
        let _ = Range::from_bytes(&bytes);
    }
}
