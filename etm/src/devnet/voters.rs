//! Holders who act by themselves, so that a new network has a life: they lock, vote, change their minds, unlock and send.
//!
//! They use the HTTP API as any wallet would; what they do follows from a seed and the state they see.

use crate::devnet::people::Person;
use etm_client::{Client, Error};
use etm_types::{
    Address, ChainId, Height, Memo, Payload, UnsignedTransaction,
    api::{
        account::Account,
        miner::{Miner, MinerState},
        query::{MinerSort, MinersQuery},
    },
    codec,
};
use etm_types::{MinerId, Units};
use rand::{Rng, RngExt, SeedableRng, rngs::SmallRng};
use std::time::Duration;

/// The smallest amount a holder moves.
const LEAST: u64 = Units::ETM.0;

/// Lets `people` act until the task is dropped: about one action in every `pause`.
pub async fn run(node: Client, people: Vec<Person>, pause: Duration, seed: u64) {
    let mut random = SmallRng::seed_from_u64(seed);
    loop {
        tokio::time::sleep(pause).await;
        let person = &people[random.random_range(0..people.len())];
        let recipient = people[random.random_range(0..people.len())].address();
        if let Err(error) = act(&node, person, recipient, &mut random).await {
            tracing::debug!(%error, holder = %person.name, "a holder's action was refused");
        }
    }
}

async fn act(
    node: &Client,
    person: &Person,
    recipient: Address,
    random: &mut impl Rng,
) -> Result<(), Error> {
    let parameters = node.parameters().await?;
    let status = node.status().await?;
    let account = node.account(&person.address().to_string()).await?;
    let query = MinersQuery {
        sort: Some(MinerSort::Id),
        limit: Some(200),
        ..MinersQuery::default()
    };
    let miners = node.miners(&query).await?;
    let fee = parameters.min_fee.0;
    let candidates: Vec<&Miner> = miners
        .miners
        .iter()
        .filter(|miner| miner.state == MinerState::Registered)
        .collect();
    let Some(payload) = choose(&account, fee, &candidates, recipient, random) else {
        return Ok(());
    };
    let key = person.key();
    let transaction = UnsignedTransaction {
        chain: ChainId::from(parameters.chain.id),
        sender: key.public_key(),
        nonce: account.next_nonce,
        fee: Units(fee),
        expires_at: Height(status.tip.height + 100),
        payload,
    }
    .sign(&key);
    node.submit(codec::to_bytes(&transaction)).await?;
    Ok(())
}

/// What a holder with this account does next, if anything.
fn choose(
    account: &Account,
    fee: u64,
    candidates: &[&Miner],
    recipient: Address,
    random: &mut impl Rng,
) -> Option<Payload> {
    let spendable = account.balance.0.checked_sub(fee)?;
    let Some(position) = &account.projected else {
        let amount = spendable / 100 * random.random_range(20..=80);
        return (amount >= LEAST).then_some(Payload::Lock {
            amount: Units(amount),
        });
    };
    if position.miner.is_none() {
        return pick(candidates, random).map(|miner| Payload::Vote { miner });
    }
    match random.random_range(0..100) {
        0..=34 => pick(candidates, random)
            .filter(|miner| {
                position
                    .miner
                    .as_ref()
                    .is_none_or(|current| current.id != miner.0)
            })
            .map(|miner| Payload::Vote { miner }),
        35..=54 => {
            let amount = spendable / 100 * random.random_range(1..=20);
            (amount >= LEAST).then_some(Payload::Lock {
                amount: Units(amount),
            })
        }
        55..=69 => {
            let amount = position.locked.0 / 100 * random.random_range(5..=30);
            (amount > 0 && position.locked.0 - amount >= LEAST).then_some(Payload::Unlock {
                amount: Units(amount),
            })
        }
        70..=74 => Some(Payload::Withdraw),
        _ => {
            let amount = spendable / 1_000 * random.random_range(1..=20);
            let memo = Memo::new("between friends").ok()?;
            (amount > 0).then_some(Payload::Transfer {
                recipient,
                amount: Units(amount),
                memo,
            })
        }
    }
}

/// A miner drawn with a leaning to those with the better chance of a seat; everyone keeps a small one.
fn pick(candidates: &[&Miner], random: &mut impl Rng) -> Option<MinerId> {
    let weight = |miner: &&Miner| u64::from(miner.inclusion_ppb) + 50_000_000;
    let total: u64 = candidates.iter().map(weight).sum();
    if total == 0 {
        return None;
    }
    let mut point = random.random_range(0..total);
    for miner in candidates {
        match point.checked_sub(weight(miner)) {
            Some(rest) => point = rest,
            None => return Some(MinerId(miner.id)),
        }
    }
    None
}
