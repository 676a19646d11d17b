use super::*;
use ruint::Uint;

#[test]
fn scale_equals_a_384_bit_product() {
    type U384 = Uint<384, 6>;
    let mut seed = [0u8; 32];
    for step in 0..2_000u32 {
        for (index, byte) in seed.iter_mut().enumerate() {
            *byte = byte
                .wrapping_mul(31)
                .wrapping_add(step as u8)
                .wrapping_add(index as u8);
        }
        let factor = u128::from_be_bytes(seed[8..24].try_into().unwrap()) >> (step % 128);
        let exact = (U384::from_be_slice(&seed) * U384::from(factor)) >> 256;
        assert_eq!(U384::from(scale(&seed, factor)), exact);
    }
    assert_eq!(scale(&[0xff; 32], u128::MAX), u128::MAX - 1);
    assert_eq!(scale(&[0xff; 32], 1), 0);
    assert_eq!(scale(&[0; 32], u128::MAX), 0);
    assert_eq!(scale(&[0xff; 32], 0), 0);
}

#[test]
fn mul_div_is_exact_beyond_128_bits() {
    assert_eq!(mul_div(u128::MAX, u128::MAX, u128::MAX), Some(u128::MAX));
    assert_eq!(
        mul_div(u128::MAX - 1, u128::MAX, u128::MAX - 1),
        Some(u128::MAX)
    );
    assert_eq!(mul_div(u128::MAX, 3, 2), None);
    assert_eq!(mul_div(7, 5, 0), None);
    assert_eq!(mul_div(u128::MAX, 3, 0), None);
    assert_eq!(mul_div(7, 5, 4), Some(8));
}
