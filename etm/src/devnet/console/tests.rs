use super::{coefficient, votes};
use etm_types::api::Integer;

#[test]
fn votes_and_coefficients_are_rounded_down() {
    assert_eq!(votes(&Integer((1_000_000 << 32) * 3 - 1)), "2");
    assert_eq!(coefficient(&Integer(1 << 32)), "100.00 %");
    assert_eq!(coefficient(&Integer((1 << 32) - 1)), "99.99 %");
}
