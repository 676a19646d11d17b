//! From what a person wants to a signed transaction.

use super::{
    follow,
    intent::{Intent, Open},
    lately::Lately,
    look::{self, Judged, Look},
    preview::{Change, Preview, costs_much},
    reach::{self, Probe},
    shown::{self, DryRun},
    sign::SignOptions,
};
use crate::{
    context::{Context, find_miner},
    failure::{Failure, Result},
    figures::etm,
    keys::keystore::KeyInfo,
    secret::{can_ask, confirm},
    tx::file::{TransactionFile, Written, show_unsigned},
    verify::{proved_name, terms},
};
use etm_mechanism::Request;
use etm_types::{
    Address, ChainId, Contact, DialAddress, Height, MinerId, Payload, PublicKey,
    UnsignedTransaction,
    api::{Amount, account::Account, query::MinerQuery},
};

/// Who signs.
pub(super) struct Signer {
    /// The key of the keystore; none if only a public key is known.
    key: Option<KeyInfo>,
    pub(super) public_key: PublicKey,
    pub(super) address: Address,
}

pub(super) fn signer(context: &Context, options: &SignOptions) -> Result<Signer> {
    let wrong = |text: &str| {
        Failure::usage(
            "invalid_public_key",
            format!("{text:?} is no public key: 64 lower-case hex digits"),
        )
    };
    if let Some(text) = &options.public_key {
        let public_key: PublicKey = text.parse().map_err(|_| wrong(text))?;
        public_key.check().map_err(|_| wrong(text))?;
        return Ok(Signer {
            key: None,
            address: Address::of(&public_key),
            public_key,
        });
    }
    let info = context.settings.key_in_use()?;
    let public_key: PublicKey = info
        .public_key
        .parse()
        .map_err(|_| wrong(&info.public_key))?;
    Ok(Signer {
        key: Some(info),
        address: Address::of(&public_key),
        public_key,
    })
}

/// Looks, shows, asks, signs and sends.
///
/// # Errors
/// [`Failure`] at the first thing that is wrong; before the signature nothing has happened.
pub async fn carry_out(context: &Context, intent: Intent, options: &SignOptions) -> Result<()> {
    let signer = signer(context, options)?;
    if options.offline {
        return offline(context, &intent, &signer, options);
    }
    let Look {
        status,
        parameters,
        chain,
        grounds,
        fee,
        judged,
    } = look::look(context, &signer.address, &intent, options, 0).await?;
    let Judged {
        nonce,
        counted,
        change,
        mut preview,
    } = judged;
    let expires_at = options.expiry(status.tip.height)?;
    preview.note_expiry(
        expires_at.saturating_sub(status.tip.height),
        parameters.slot_ms,
    );
    let (account, miners) = (&counted.account, &counted.miners);
    let registered = match &intent {
        Intent::Update { .. } => Some(registered(context, account).await?),
        _ => None,
    };
    let payload = payload(&intent, &change, &signer.address, registered.as_ref())?;
    if let (Intent::Update { dial: None, .. }, Payload::Update { dial, .. }) = (&intent, &payload) {
        preview.note_kept_dial(dial.as_str());
    }
    if let (Intent::Update { contact: None, .. }, Payload::Update { contact, .. }) =
        (&intent, &payload)
    {
        preview.note_kept_contact(contact.as_ref().map(Contact::as_str));
    }
    if let Intent::Transfer {
        to, memo, amount, ..
    } = &intent
    {
        preview.note_memo(memo);
        if *to == signer.address {
            preview.comes_to_oneself(*amount);
        }
        preview.note_recipient(&context.account_of(&to.to_string()).await?);
    }
    if let Some((dial, probe)) = intent.dialled() {
        reach::from_elsewhere(dial, parameters.chain.devnet)?;
        reach::nobody_elses(context, dial, account.miner.as_ref()).await?;
        let look = |probe: Probe| probe(dial.as_str(), &chain, context.settings.timeout);
        preview.note_node(dial.as_str(), probe.map(look));
    }
    if let Change::Asks(Request::Vote(MinerId(id))) = &change {
        let query = MinerQuery::default();
        let miner = context.client.miner(&id.to_string(), &query).await?;
        preview.note_lookalikes(&miner);
        let proved = proved_name(context, chain, status.progress.round, *id).await?;
        // The one that was found by its name, whatever it is called elsewhere.
        let found = find_miner(&miners.miners, &format!("#{id}"))?;
        preview.note_name(found, proved.as_deref())?;
    }
    let unsigned = UnsignedTransaction {
        chain,
        sender: signer.public_key,
        nonce,
        fee,
        expires_at: Height(expires_at),
        payload,
    };
    preview.note_signed_before(Lately::usual().doubt(&unsigned));

    let title = shown::title(&intent, &change, miners, &parameters.chain.name);
    let names = shown::names(&intent, &change, miners);
    let signed = [(&unsigned, names)];
    if options.dry_run {
        return DryRun::new(&title, &preview, &signed).print(context);
    }
    shown::show(context, &preview, &title, options, &signed);
    if options.unsigned {
        confirm_apart(&preview, options)?;
        return write_out(context, &TransactionFile::unsigned(&unsigned), options);
    }
    confirm_all(&preview, options)?;
    let transaction = unsigned.sign(&unlock(context, &signer, options)?);
    Lately::usual().note(&transaction, &context.output);
    terms::pin(context, &parameters.chain, grounds)?;
    if options.out.is_some() {
        return write_out(context, &TransactionFile::signed(&transaction), options);
    }
    follow::send(context, &transaction, &options.follow, Some(&preview)).await
}

/// Asks what is to be asked before a signature.
pub(super) fn confirm_all(preview: &Preview, options: &SignOptions) -> Result<()> {
    confirm_apart(preview, options)?;
    if !options.yes && !confirm("Sign it?")? {
        return Err(Failure::failed("not_confirmed", "nothing was signed"));
    }
    Ok(())
}

/// Asks what is asked about apart, wherever the signature is made then.
fn confirm_apart(preview: &Preview, options: &SignOptions) -> Result<()> {
    let mut apart = preview.warnings.iter().filter(|warning| warning.confirm);
    apart.try_for_each(|warning| ask_apart(&warning.message, options.yes, options.anyway))
}

fn ask_apart(doubt: &str, yes: bool, anyway: bool) -> Result<()> {
    if anyway {
        return Ok(());
    }
    if yes {
        let message = format!("{doubt}; nothing was signed");
        return Err(Failure::failed("not_confirmed", message)
            .hint("--anyway, with --yes, goes ahead all the same"));
    }
    match confirm(&format!("{doubt}. Go on?"))? {
        true => Ok(()),
        false => Err(Failure::failed("not_confirmed", "nothing was signed")),
    }
}

/// Asks apart about what needs no node: the very same that was signed lately, and a fee that is dear, where nobody says what the least is.
///
/// # Errors
/// [`Failure`] unless it is to go on.
pub fn confirm_unseen(unsigned: &UnsignedTransaction, yes: bool, anyway: bool) -> Result<()> {
    if let Some(doubt) = Lately::usual().doubt(unsigned) {
        ask_apart(&doubt, yes, anyway)?;
    }
    if !costs_much(unsigned) {
        return Ok(());
    }
    let fee = etm(Amount(unsigned.fee.0));
    let doubt = format!("the fee is {fee}, far above the usual or above 1 % of the amount");
    ask_apart(&doubt, yes, anyway)
}

fn needs_node(what: &str) -> Failure {
    Failure::usage("needs_a_node", format!("{what} can't be known offline"))
}

/// Signs without a node, with the figures as they are given.
fn offline(
    context: &Context,
    intent: &Intent,
    signer: &Signer,
    options: &SignOptions,
) -> Result<()> {
    let Some(chain) = &context.settings.chain else {
        return Err(needs_node("the chain id")
            .hint("give it with --chain; `etm status` on another machine shows it"));
    };
    let chain: ChainId = chain.parse().map_err(|_| needs_node("the chain id"))?;
    let change = intent.change(|open| match open {
        Open::UnlockAll => Err(needs_node("how much is locked").hint("write the amount")),
        Open::LockAll => Err(needs_node("the balance").hint("write the amount")),
        Open::Vote(named) => match named.strip_prefix('#').unwrap_or(named).parse() {
            Ok(id) => Ok(Request::Vote(MinerId(id))),
            Err(_) => Err(needs_node("a miner's id by its name").hint("write #ID")),
        },
    })?;
    let payload = payload(intent, &change, &signer.address, None)?;
    let (Some(nonce), Some(expires_at), Some(fee)) =
        (options.nonce, options.expires_at, options.fee()?)
    else {
        return Err(needs_node("nonce, expiry and fee"));
    };
    let unsigned = UnsignedTransaction {
        chain,
        sender: signer.public_key,
        nonce,
        fee,
        expires_at: Height(expires_at),
        payload,
    };
    let silent = context.output.is_json() || context.output.is_quiet();
    if !(silent && (options.yes || !can_ask())) {
        let mut page = context.output.page();
        show_unsigned(&unsigned, &mut page);
        context.output.ask_about(page.as_str());
    }
    confirm_unseen(&unsigned, options.yes, options.anyway)?;
    if !options.yes && !confirm("Sign it, without knowing what the chain makes of it?")? {
        return Err(Failure::failed("not_confirmed", "nothing was signed"));
    }
    let transaction = unsigned.sign(&unlock(context, signer, options)?);
    Lately::usual().note(&transaction, &context.output);
    write_out(context, &TransactionFile::signed(&transaction), options)
}

pub(super) fn unlock(
    context: &Context,
    signer: &Signer,
    options: &SignOptions,
) -> Result<etm_types::SecretKey> {
    let Some(info) = &signer.key else {
        return Err(Failure::usage(
            "no_key",
            "there is only a public key: nothing can be signed",
        ));
    };
    let passphrase = options.passphrase.read(&info.name, &context.output)?;
    Ok(context
        .settings
        .keystore()?
        .unlock(&info.name, &passphrase, &context.output)?
        .key)
}

fn write_out(context: &Context, file: &TransactionFile, options: &SignOptions) -> Result<()> {
    let Some(path) = &options.out else {
        return Err(Failure::usage("no_file", "no file was named").hint("name one with --out"));
    };
    file.write(path)?;
    context.output.print(&Written::new(path, file))
}

/// What an update leaves as it is, unless something else is given.
type Registered = (DialAddress, Option<Contact>);

async fn registered(context: &Context, account: &Account) -> Result<Registered> {
    let own = account
        .miner
        .as_ref()
        .ok_or_else(|| Failure::failed("not_a_miner", "the account owns no registered miner"))?;
    let query = MinerQuery::default();
    let registered = context.client.miner(&own.id.to_string(), &query).await?;
    let wrong = |what: &str| {
        Failure::new(
            crate::failure::Exit::Unreachable,
            "not_a_node",
            format!("the node shows a {what} that can't be one"),
        )
    };
    let dial = DialAddress::new(registered.dial_address).map_err(|_| wrong("dial address"))?;
    let contact = registered.contact.map(Contact::new).transpose();
    Ok((dial, contact.map_err(|_| wrong("contact"))?))
}

/// What is signed. Without what was `registered`, an update has to name all there is but keys.
fn payload(
    intent: &Intent,
    change: &Change,
    signer: &Address,
    registered: Option<&Registered>,
) -> Result<Payload> {
    Ok(match intent {
        Intent::Transfer {
            to, amount, memo, ..
        } => Payload::Transfer {
            recipient: *to,
            amount: *amount,
            memo: memo.clone(),
        },
        Intent::Register {
            name,
            secrets,
            dial,
            contact,
            ..
        } => Payload::Register {
            name: *name,
            keys: Box::new(secrets.prove(signer)),
            dial: dial.clone(),
            contact: contact.clone(),
        },
        Intent::Update {
            secrets,
            dial,
            contact,
            ..
        } => {
            let dial = dial.as_ref().or(registered.map(|(dial, _)| dial));
            let contact = contact.as_ref().or(registered.map(|(_, contact)| contact));
            let (Some(dial), Some(contact)) = (dial, contact) else {
                return Err(needs_node("what was registered")
                    .hint("give --dial, and --contact or --no-contact"));
            };
            if secrets.is_none()
                && registered.is_some_and(|old| (dial, contact) == (&old.0, &old.1))
            {
                let message = "the miner is registered like this already: nothing would change";
                return Err(Failure::failed("nothing_to_change", message));
            }
            Payload::Update {
                keys: secrets
                    .as_ref()
                    .map(|secrets| Box::new(secrets.prove(signer))),
                dial: dial.clone(),
                contact: contact.clone(),
            }
        }
        Intent::Asks(_) | Intent::LockAll | Intent::UnlockAll | Intent::Vote(_) => {
            match change.asked() {
                Some(Request::Lock(amount)) => Payload::Lock { amount: *amount },
                Some(Request::Unlock(amount)) => Payload::Unlock { amount: *amount },
                Some(Request::Vote(miner)) => Payload::Vote { miner: *miner },
                Some(Request::Withdraw) => Payload::Withdraw,
                Some(Request::Resign) => Payload::Resign,
                Some(Request::Transfer { .. } | Request::Register(_)) | None => {
                    let message = "what would be signed is not what was asked for";
                    return Err(Failure::failed("not_asked", message));
                }
            }
        }
    })
}

#[cfg(test)]
mod tests;
