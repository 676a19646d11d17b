//! `etm lock AMOUNT --vote MINER`: two transactions, judged, shown and signed as one.

use super::{
    follow,
    intent::Intent,
    lately::Lately,
    look::{self, Judged, Look},
    prepare,
    preview::{Change, Preview, Scene, costs},
    shown::{self, DryRun},
    sign::SignOptions,
    waiting,
};
use crate::{
    context::{Context, find_miner},
    failure::{Failure, Result},
    signed::Names,
    verbs::Verb,
    verify::{proved_name, terms},
};
use etm_mechanism::Request;
use etm_types::{
    Height, MinerId, Payload, UnsignedTransaction,
    api::{Amount, MinerRef, query::MinerQuery},
};

/// Locks and votes: looks, shows, asks once, signs both and sends them one behind the other.
///
/// # Errors
/// [`Failure`] at the first thing that is wrong; before the signature nothing has happened.
pub async fn carry_out(
    context: &Context,
    lock: Intent,
    named: &str,
    options: &SignOptions,
) -> Result<()> {
    if options.offline || options.unsigned || options.out.is_some() {
        return Err(Failure::usage(
            "two_transactions",
            "--vote makes two transactions, and a file holds one",
        )
        .hint("write them with `etm lock` and `etm vote`, the vote with the next --nonce"));
    }
    let signer = prepare::signer(context, options)?;
    let Look {
        status,
        parameters,
        chain,
        grounds,
        fee,
        judged,
    } = look::look(context, &signer.address, &lock, options, 1).await?;
    let Judged {
        nonce,
        counted,
        change,
        preview: first,
    } = judged;
    let expires_at = options.expiry(status.tip.height)?;
    let miner = find_miner(&counted.miners.miners, named)?;
    let (account_after, miners_after) = waiting::after(&counted.account, &counted.miners, &first);
    let scene_after = Scene {
        account: &account_after,
        parameters: &parameters,
        miners: &miners_after,
    };
    let vote = Change::Asks(Request::Vote(MinerId(miner.id)));
    let second = Preview::new(&scene_after, &vote, fee)
        .map_err(|refused| costs::told(refused, &scene_after, &vote, fee))?;
    let mut preview = first.then(second);
    preview.note_expiry(
        expires_at.saturating_sub(status.tip.height),
        parameters.slot_ms,
    );
    let detail = MinerQuery::default();
    let detail = context.client.miner(&miner.id.to_string(), &detail).await?;
    preview.note_lookalikes(&detail);
    let proved = proved_name(context, chain, status.progress.round, miner.id).await?;
    preview.note_name(miner, proved.as_deref())?;
    let Change::Asks(Request::Lock(amount)) = change else {
        return Err(Failure::usage("invalid_amount", "there is nothing to lock"));
    };
    let name = MinerRef {
        id: miner.id,
        name: miner.name.clone(),
    };
    let what = format!(
        "{} and {} on {}",
        Verb::Lock(Amount::from(amount)).begun(),
        Verb::Vote(name.clone()),
        parameters.chain.name
    );
    let unsigned = |nonce: u64, payload: Payload| UnsignedTransaction {
        chain,
        sender: signer.public_key,
        nonce,
        fee,
        expires_at: Height(expires_at),
        payload,
    };
    let lock = unsigned(nonce, Payload::Lock { amount });
    let vote = unsigned(
        nonce.saturating_add(1),
        Payload::Vote {
            miner: MinerId(miner.id),
        },
    );
    preview.note_signed_before(Lately::usual().doubt(&lock));
    let voted = Names {
        miner: Some(name.name),
        recipient: None,
    };
    let signed = [(&lock, Names::default()), (&vote, voted)];
    if options.dry_run {
        return DryRun::new(&what, &preview, &signed).print(context);
    }
    shown::show(context, &preview, &what, options, &signed);
    prepare::confirm_all(&preview, options)?;
    let key = prepare::unlock(context, &signer, options)?;
    let (lock, vote) = (lock.sign(&key), vote.sign(&key));
    Lately::usual().note(&lock, &context.output);
    terms::pin(context, &parameters.chain, grounds)?;
    follow::send_both(
        context,
        [&lock, &vote],
        &options.follow,
        &preview,
        &miner.name,
    )
    .await
}
