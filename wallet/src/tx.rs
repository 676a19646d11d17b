//! Transactions by their hash, and as files: signed on one machine, sent by another. `etm tx ...`

pub mod file;

use file::{Content, TransactionFile, Written, decode, show_expiry, show_unsigned};

use crate::{
    act::{self, FollowOptions},
    config::Settings,
    context::{Context, now_ms},
    failure::{Failure, Result},
    keys::commands::PassphraseOptions,
    output::{Output, Page, Report, Tone},
    secret::confirm,
    see, signed,
    verbs::Verb,
    verify::{self, expiry::Known},
};
use etm_types::{Address, UnsignedTransaction};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// `etm tx`
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Tx {
    /// Show the transaction with this hash
    #[arg(value_name = "HASH")]
    hash: Option<String>,
    /// Prove that it is in a final block and what the chain made of it, once the round of that block is over: without it both are the node's word
    #[arg(long, requires = "hash")]
    prove: bool,
    /// What to do with a transaction that waits, or a file of one
    #[command(subcommand)]
    action: Option<TxCommand>,
}

/// What `etm tx` can do with a transaction that waits, or a file of one.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum TxCommand {
    /// Sign a transaction that was prepared with --unsigned; asks no node
    #[command(
        after_help = "Examples:\n  etm tx sign tx.json --out signed.json\n  etm tx sign tx.json --key cold --out signed.json"
    )]
    Sign {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Where to write the signed transaction
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Sign without asking
        #[arg(long, short)]
        yes: bool,
        /// With --yes: sign even where the fee is far above the usual, or above a hundredth of the amount, or the very same was signed within a day
        #[arg(long, requires = "yes")]
        anyway: bool,
        /// How the passphrase is given
        #[command(flatten)]
        passphrase: PassphraseOptions,
    },
    /// Send a signed transaction
    #[command(after_help = "Examples:\n  etm tx broadcast signed.json --wait")]
    Broadcast {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// How to follow it
        #[command(flatten)]
        follow: FollowOptions,
    },
    /// Send a transaction that waits for a block again, with a higher fee
    #[command(
        after_help = "Examples:\n  etm tx replace 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --fee 0.5 --wait",
        mut_arg("fee", |fee| fee.help(act::HIGHER_FEE)),
        mut_arg("nonce", |nonce| nonce.hide(true)),
        mut_arg("offline", |offline| offline.hide(true))
    )]
    Replace(Box<act::Again>),
    /// Cancel a transaction that waits for a block: a transfer of 0.00000001 ETM to oneself takes its place, with a higher fee
    ///
    /// It comes too late if the transaction is in a block by then: `etm tx HASH` tells which of the two is in one.
    #[command(
        after_help = "Examples:\n  etm tx cancel 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --fee 0.2 --wait",
        mut_arg("fee", |fee| fee.help(act::HIGHER_FEE)),
        mut_arg("nonce", |nonce| nonce.hide(true)),
        mut_arg("offline", |offline| offline.hide(true))
    )]
    Cancel(Box<act::Again>),
    /// Show what a transaction says, signed or not; asks no node
    #[command(after_help = "Examples:\n  etm tx decode tx.json\n  etm tx decode tx.json --json")]
    Decode {
        /// The file, or the transaction itself in hex
        #[arg(value_name = "FILE|HEX")]
        source: String,
    },
}

/// Runs `etm tx ...`.
///
/// # Errors
/// [`Failure`] as the command says.
pub async fn run(command: &Tx, settings: Settings, output: Output) -> Result<()> {
    match (&command.action, &command.hash) {
        (
            Some(TxCommand::Sign {
                file,
                out,
                yes,
                anyway,
                passphrase,
            }),
            _,
        ) => sign(file, out, (*yes, *anyway), passphrase, &settings, &output),
        (Some(TxCommand::Decode { source }), _) => show(source, &output),
        (Some(TxCommand::Broadcast { file, follow }), _) => {
            broadcast(file, follow, settings, output).await
        }
        (Some(TxCommand::Replace(options)), _) => {
            let context = Context::new(settings, output)?;
            act::send_again(&context, options, act::Instead::Same).await
        }
        (Some(TxCommand::Cancel(options)), _) => {
            let context = Context::new(settings, output)?;
            act::send_again(&context, options, act::Instead::Nothing).await
        }
        (None, Some(hash)) => {
            let actions = ["sign", "broadcast", "decode", "replace", "cancel"];
            if let (true, Some(near)) = (hash.len() < 20, crate::suggest::nearest(hash, actions)) {
                return Err(Failure::usage(
                    "invalid_hash",
                    format!("{hash:?} is no transaction's hash"),
                )
                .hint(format!("did you mean `etm tx {near}`?")));
            }
            let context = Context::new(settings, output)?;
            let hash = see::transaction_hash(hash)?;
            match command.prove {
                true => verify::prove(&context, hash).await,
                false => see::transaction(&context, hash).await,
            }
        }
        (None, None) => Err(Failure::usage("invalid_hash", "no transaction was named")),
    }
}

fn sign(
    file: &Path,
    out: &Path,
    (yes, anyway): (bool, bool),
    passphrase: &PassphraseOptions,
    settings: &Settings,
    output: &Output,
) -> Result<()> {
    let Content::Unsigned(unsigned) = TransactionFile::read(file)? else {
        return Err(Failure::usage(
            "already_signed",
            format!("{} is signed already", file.display()),
        ));
    };
    if let Some(chain) = &settings.chain
        && *chain != unsigned.chain.to_string()
    {
        return Err(Failure::failed(
            "wrong_chain",
            format!(
                "the transaction is for chain {}, not {chain}",
                unsigned.chain
            ),
        ));
    }
    let name = key_of(&unsigned, settings)?;
    let height = unsigned.expires_at.0;
    if let Some(known) = Known::of(unsigned.chain).filter(|known| known.is_over(height)) {
        let message = format!("{}; nothing was signed", known.words(height, now_ms()));
        return Err(Failure::failed("expired", message)
            .hint("prepare it anew with --unsigned: it gets a later expiry"));
    }
    if !(yes && (output.is_json() || output.is_quiet())) {
        let mut page = output.page();
        show_unsigned(&unsigned, &mut page);
        output.ask_about(page.as_str());
    }
    act::confirm_unseen(&unsigned, yes, anyway)?;
    if !yes && !confirm("Sign it?")? {
        return Err(Failure::failed("not_confirmed", "nothing was signed"));
    }
    let passphrase = passphrase.read(&name, output)?;
    let unlocked = settings.keystore()?.unlock(&name, &passphrase, output)?;
    let signed = unsigned.sign(&unlocked.key);
    act::Lately::usual().note(&signed, output);
    let signed = TransactionFile::signed(&signed);
    signed.write(out)?;
    output.print(&Written::new(out, &signed))
}

/// The key that the transaction asks for: the one named, if it is that, or the one of the folder that is.
fn key_of(unsigned: &UnsignedTransaction, settings: &Settings) -> Result<String> {
    let wanted = unsigned.sender.to_string();
    let fits = |key: &crate::keys::keystore::KeyInfo| key.public_key == wanted;
    let sender = Address::of(&unsigned.sender);
    if let Some(named) = &settings.key {
        let info = settings.key_in_use()?;
        return match fits(&info) {
            true => Ok(named.clone()),
            false => Err(Failure::failed(
                "wrong_key",
                format!(
                    "the transaction is to be signed by {sender}, and key {named} is that of {}",
                    info.address
                ),
            )),
        };
    }
    let keys = settings.keystore()?.list()?;
    let found = keys
        .into_iter()
        .filter_map(|(_, entry)| entry.ok())
        .find(fits);
    found
        .map(|key| key.name)
        .ok_or_else(|| Failure::failed("wrong_key", format!("there is no key of {sender} here")))
}

async fn broadcast(
    file: &Path,
    follow: &FollowOptions,
    settings: Settings,
    output: Output,
) -> Result<()> {
    let Content::Signed(transaction) = TransactionFile::read(file)? else {
        return Err(Failure::usage(
            "not_signed",
            format!("{} is not signed yet", file.display()),
        )
        .hint("`etm tx sign` signs it"));
    };
    transaction.verify_signature().map_err(|error| {
        Failure::failed("wrong_signature", format!("{}: {error}", file.display()))
    })?;
    let context = Context::new(settings, output)?;
    let status = context.status().await?;
    let chain = transaction.unsigned.chain;
    if chain.0 != status.chain.id.0 {
        let message = format!(
            "the transaction is for chain {chain}, the node follows {} ({})",
            status.chain.id, status.chain.name
        );
        return Err(Failure::failed("wrong_chain", message));
    }
    act::broadcast(&context, &transaction, follow).await
}

fn show(source: &str, output: &Output) -> Result<()> {
    // The shortest transaction has more bytes than a hash.
    let looks_like_hex = source.len() > 64 && source.bytes().all(|byte| byte.is_ascii_hexdigit());
    let content = if looks_like_hex {
        decode(source, true)
            .or_else(|_| decode(source, false))
            .map_err(|reason| {
                Failure::usage("invalid_transaction", format!("no transaction: {reason}"))
            })?
    } else {
        TransactionFile::read(Path::new(source))?
    };
    let decoded = Decoded::new(&content);
    let valid = decoded.signature_valid;
    let ended = match valid {
        Some(false) => Err(Failure::failed(
            "wrong_signature",
            "the signature is not one of the sender over this transaction",
        )),
        _ => Ok(()),
    };
    let shown = Shown {
        decoded,
        unsigned: content.unsigned(),
    };
    output.print_ended(&shown, ended)
}

/// What `etm tx decode` prints.
#[derive(Debug, Serialize)]
struct Decoded {
    chain: String,
    sender: String,
    public_key: String,
    nonce: u64,
    fee: String,
    expires_at: u64,
    kind: &'static str,
    /// What it does, in words; amounts in ETM.
    does: String,
    /// Everything else it says.
    facts: BTreeMap<&'static str, Option<String>>,
    signed: bool,
    /// Whether the signature holds; none without one.
    signature_valid: Option<bool>,
    hash: Option<String>,
}

impl Decoded {
    fn new(content: &Content) -> Self {
        let unsigned = content.unsigned();
        let signed = match content {
            Content::Unsigned(_) => None,
            Content::Signed(transaction) => Some(transaction),
        };
        Self {
            chain: unsigned.chain.to_string(),
            sender: Address::of(&unsigned.sender).to_string(),
            public_key: unsigned.sender.to_string(),
            nonce: unsigned.nonce,
            fee: unsigned.fee.0.to_string(),
            expires_at: unsigned.expires_at.0,
            kind: unsigned.payload.kind(),
            does: Verb::from(&unsigned.payload).to_string(),
            facts: signed::by_name(&unsigned.payload),
            signed: signed.is_some(),
            signature_valid: signed.map(|transaction| transaction.verify_signature().is_ok()),
            hash: signed.map(|transaction| transaction.hash().to_string()),
        }
    }
}

/// What `etm tx decode` prints, beside the transaction itself.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown<'a> {
    decoded: Decoded,
    #[serde(skip)]
    unsigned: &'a UnsignedTransaction,
}

impl Report for Shown<'_> {
    fn show(&self, page: &mut Page) {
        page.title(&self.decoded.does);
        signed::show(page, self.unsigned, &signed::Names::default());
        show_expiry(self.unsigned, page);
        self.decoded.show_signature(page);
    }
}

impl Decoded {
    fn show_signature(&self, page: &mut Page) {
        match (self.signature_valid, &self.hash) {
            (Some(true), Some(hash)) => {
                page.field_toned("signature", Tone::Good, "valid");
                page.field("hash", hash);
            }
            (Some(_), _) => page.field_toned("signature", Tone::Bad, "INVALID"),
            (None, _) => page.field("signature", "none yet"),
        }
    }
}
