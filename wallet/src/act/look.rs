//! A look at a chain, an account and what a request makes of it: computed here, and held against the node's own answer of the same block.

use super::{
    asked,
    intent::Intent,
    preview::{Change, Preview, costs},
    sign::SignOptions,
    waiting::{self, Counted},
};
use crate::{
    context::{Context, now_ms, unusual_age},
    failure::{Failure, Result},
    possible,
    verify::{
        behind,
        position::{self, Standing},
        requests,
        terms::{self, Grounds},
        tip::{self, AHEAD, Reached},
    },
};
use etm_types::{
    Address, ChainId, Units,
    api::{
        account::Account,
        chain::{Parameters, Status},
        miner::MinerPage,
        query::PreviewQuery,
    },
};
use std::time::{Duration, Instant};

/// A block that comes between two answers is nobody's fault, so many in a row are: a node far away may take longer to answer than a block.
const TRIES: u32 = 16;

/// For so long at most a node is asked for evidence that it can't give, or the first block of a round is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// For so long at most a block is waited for, each time.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What was seen.
pub(super) struct Look {
    pub(super) status: Status,
    pub(super) parameters: Parameters,
    pub(super) chain: ChainId,
    /// What stands behind all of it.
    pub(super) grounds: Grounds,
    pub(super) fee: Units,
    pub(super) judged: Judged,
}

/// What an account makes of a request.
pub(super) struct Judged {
    pub(super) nonce: u64,
    pub(super) counted: Counted,
    pub(super) change: Change,
    pub(super) preview: Preview,
}

struct Asked<'a> {
    intent: &'a Intent,
    fee: Units,
    /// The transaction's nonce; the next one the node knows of, if none was given.
    nonce: Option<u64>,
    /// How many transactions with the same fee follow.
    further: u64,
}

/// Looks at what `intent` makes of the account at `address`, if so many `further` transactions with the same fee follow.
///
/// # Errors
/// [`Failure`] if the chain would refuse the request, or what the node says can't be so.
pub(super) async fn look(
    context: &Context,
    address: &Address,
    intent: &Intent,
    options: &SignOptions,
    further: u64,
) -> Result<Look> {
    let status = context.status().await?;
    let parameters = context.parameters().await?;
    let chain = ChainId(status.chain.id.0);
    let grounds = terms::check(context, chain, &parameters, &status.tip).await?;
    let reached = tip::reached(context, chain, &parameters, status.tip.height).await?;
    let fee = options.fee_for(&parameters)?;
    let asked = Asked {
        intent,
        fee,
        nonce: options.nonce,
        further,
    };
    let mut tries = TRIES;
    let begun = Instant::now();
    let judged = loop {
        let mut judged = of_one_block(context, address, &parameters, &asked, &mut tries).await?;
        if intent.needs_position() {
            let Counted { account, now, .. } = &judged.counted;
            let locks = account.projected.is_some();
            let standing = position::standing(context, chain, &parameters, now, locks).await?;
            match &standing {
                Standing::Elsewhere | Standing::Overtaken(_) if tries > 0 => continue,
                Standing::Later if begun.elapsed() < PATIENCE => {
                    pause(&parameters).await;
                    tries = TRIES;
                    continue;
                }
                Standing::Overtaken(reason) => {
                    return Err(behind(&format!("{reason}; nothing was signed")));
                }
                // The next block tells who sits in the committee.
                Standing::Proved { ending, .. } if ending.seat && begun.elapsed() < PATIENCE => {
                    pause(&parameters).await;
                    tries = TRIES;
                    continue;
                }
                _ => {}
            }
            judged.preview.note_position(&standing);
            if let Standing::Unprovable(_, ending) = standing {
                judged.preview.note_ending(ending);
            }
            if let Standing::Proved {
                height,
                timestamp_ms,
                ending,
            } = standing
            {
                not_far_ahead(status.tip.height, height)?;
                judged.preview.note_ending(ending);
                let age = unusual_age(timestamp_ms, parameters.slot_ms, now_ms());
                judged.preview.note_age(age);
            }
        }
        let Counted { account, now, .. } = &judged.counted;
        let waiting = &account.pending_transactions;
        let unsigned = requests::signed(context, chain, &parameters, now, waiting).await?;
        judged.preview.note_requests(unsigned);
        let (node, named) = (&context.settings.node, &parameters.chain);
        judged.preview.note_terms(grounds, node, named);
        // Of a node that proves nothing of its chain that is said anyway.
        if grounds.proved || reached != Reached::Unknown {
            judged.preview.note_tip(reached);
        }
        break judged;
    };
    Ok(Look {
        status,
        parameters,
        chain,
        grounds,
        fee,
        judged,
    })
}

/// Waits for the next block, as likely as not.
async fn pause(parameters: &Parameters) {
    let wait = Duration::from_millis(parameters.slot_ms / 2);
    tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
}

/// Transactions expire by the height that a node names, so that is not to be far beyond the block that it proves the state of.
///
/// # Errors
/// [`Failure`] if it is.
fn not_far_ahead(tip: u64, proved: u64) -> Result<()> {
    if tip <= proved.saturating_add(AHEAD) {
        return Ok(());
    }
    let message = format!(
        "the node says that the chain is at block {tip}, and proves the state after block {proved}: nothing was signed"
    );
    Err(Failure::failed("does_not_verify", message).hint("--node names another node"))
}

/// Looks until account and answer are of one block, while there are `tries` left.
async fn of_one_block(
    context: &Context,
    address: &Address,
    parameters: &Parameters,
    asked: &Asked<'_>,
    tries: &mut u32,
) -> Result<Judged> {
    let address = address.to_string();
    let mut miners = match asked.intent.needs_miners() {
        true => Some(context.all_miners(None).await?),
        false => None,
    };
    // What was asked last: as a rule it is asked again, at once with the account, so that as little time as can be lies between both.
    let mut question: Option<PreviewQuery> = None;
    loop {
        let (account, answer) = match &question {
            None => (context.client.account(&address).await?, None),
            Some(query) => {
                let account = context.client.account(&address);
                let answer = context.client.preview(&address, query);
                let (account, answer) = tokio::join!(account, answer);
                (account?, Some(answer?))
            }
        };
        possible::account(&account, parameters.genesis_supply)?;
        possible::deposit(&account, parameters.deposit)?;
        possible::round_end(&account, parameters.blocks_per_round)?;
        if miners.is_none() && !account.pending_transactions.is_empty() {
            miners = Some(context.all_miners(None).await?);
        }
        let table = miners.clone().unwrap_or_else(|| asked::no_miners(&account));
        let mut look = judge(&account, parameters, table, asked)?;
        let query = asked::query(asked.intent, &look.change, asked.fee, look.nonce);
        let told = match answer.filter(|_| question.as_ref() == Some(&query)) {
            Some(told) => told,
            None => context.client.preview(&address, &query).await?,
        };
        if let Some(refused) = &told.refused {
            let refused =
                Failure::failed(&refused.code, format!("the node says: {}", refused.message));
            let refused = look.counted.explain(Err(refused));
            let scene = look.counted.scene(parameters);
            return refused
                .map_err(|refused| costs::told(refused, &scene, &look.change, asked.fee));
        }
        *tries = tries.saturating_sub(1);
        if told.height == account.height && told.waiting == look.counted.waiting() {
            look.preview.compare(&told);
            return Ok(look);
        }
        if *tries == 0 {
            look.preview.note_not_compared();
            return Ok(look);
        }
        question = Some(query);
    }
}

fn judge(
    account: &Account,
    parameters: &Parameters,
    miners: MinerPage,
    asked: &Asked<'_>,
) -> Result<Judged> {
    let nonce = asked.nonce.unwrap_or(account.next_nonce);
    Preview::check_nonces(account, nonce, asked.further, asked.fee)?;
    let counted = waiting::count_in(account, parameters, miners, nonce);
    let scene = counted.scene(parameters);
    let change = asked::change(asked.intent, &scene, asked.fee, asked.further);
    let change = counted.explain(change)?;
    let preview = counted.explain(Preview::new(&scene, &change, asked.fee));
    let mut preview =
        preview.map_err(|refused| costs::told(refused, &scene, &change, asked.fee))?;
    preview.note_nonce(account, nonce, asked.further);
    preview.note_released(account, nonce, asked.further);
    Ok(Judged {
        nonce,
        counted,
        change,
        preview,
    })
}
