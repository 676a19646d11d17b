//! What a request takes, told where it is refused: a preview that can't be made shows no figures.

use super::{Change, Request, Scene};
use crate::{failure::Failure, figures::etm};
use etm_types::{
    Units,
    api::{Amount, error::ErrorCode},
};

/// Whether money is what it is refused for.
pub fn is_for_money(refused: &Failure) -> bool {
    [ErrorCode::InsufficientBalance, ErrorCode::CannotPayFee]
        .iter()
        .any(|code| refused.code == code.as_str())
}

/// Adds to a refusal what is missing, and of a registration what it takes.
pub fn told(refused: Failure, scene: &Scene<'_>, change: &Change, fee: Units) -> Failure {
    let deposit = scene.parameters.deposit;
    let taken = change
        .asked()
        .map_or(Units::ZERO, |asked| asked.takes(Units::from(deposit)));
    let missing = u128::from(taken.0) + u128::from(fee.0);
    let missing = missing.saturating_sub(scene.account.balance.0.into());
    let missing = match u64::try_from(missing) {
        Ok(0) => None,
        Ok(units) => Some(format!("{} are missing", etm(Amount(units)))),
        // Nobody has that many: what is asked for is wrong, not what is there.
        Err(_) => None,
    };
    let registers = matches!(change, Change::Asks(Request::Register(_)));
    let told = match (registers, missing) {
        (true, missing) => format!(
            "a registration takes a deposit of {}, which comes back after the miner has resigned, and the fee of {}: {}",
            etm(deposit),
            etm(Amount::from(fee)),
            missing.unwrap_or_else(|| format!(
                "the {} that are there cover both",
                etm(scene.account.balance)
            ))
        ),
        (false, Some(missing)) if is_for_money(&refused) => missing,
        (false, _) => return refused,
    };
    let before = refused.hint.clone().filter(|hint| !hint.is_empty());
    let told = before.map_or_else(|| told.clone(), |hint| format!("{hint}; {told}"));
    refused.hint(told)
}

#[cfg(test)]
mod tests;
