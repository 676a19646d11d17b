//! Amounts as the lab's figures show them.

use etm_mechanism::Units;

/// Units of 1 ETM.
pub const ETM: u64 = Units::ETM.0;

/// Units in ETM, for figures: not exact.
pub const fn etm(units: u64) -> f64 {
    units as f64 / ETM as f64
}
