//! Products wider than 128 bits.

use ruint::aliases::U256;

/// `floor(a * b / divisor)`, or `None` if `divisor` is 0 or the result is above `u128::MAX`.
#[inline]
pub(crate) fn mul_div(a: u128, b: u128, divisor: u128) -> Option<u128> {
    if let Some(product) = a.checked_mul(b) {
        return product.checked_div(divisor);
    }
    if divisor == 0 {
        return None;
    }
    let quotient = mul(a, b) / U256::from(divisor);
    u128::try_from(quotient).ok()
}

/// `a * b` in 256 bits.
pub(crate) fn mul(a: u128, b: u128) -> U256 {
    let (low, high) = a.carrying_mul(b, 0);
    (U256::from(high) << 128) | U256::from(low)
}

/// `floor(value * factor / 2^256)` for a 256-bit big-endian `value`: below `factor`, unless `factor` is 0.
pub(crate) fn scale(value: &[u8; 32], factor: u128) -> u128 {
    let (high, low) = halves(value);
    // (high * 2^128 + low) * factor >> 256, where the bits of low * factor below 2^128 can't carry.
    let (_, carry) = low.carrying_mul(factor, 0);
    let (_, result) = high.carrying_mul(factor, carry);
    result
}

fn halves(value: &[u8; 32]) -> (u128, u128) {
    let (mut high, mut low) = ([0; 16], [0; 16]);
    high.copy_from_slice(&value[..16]);
    low.copy_from_slice(&value[16..]);
    (u128::from_be_bytes(high), u128::from_be_bytes(low))
}

#[cfg(test)]
mod tests;
