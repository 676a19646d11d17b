//! What commands that ask a node share: the client, and how people name accounts and miners.

use crate::{
    address::{mistyped, parse_address},
    config::Settings,
    contacts::Contacts,
    failure::{Exit, Failure, Result},
    figures::span,
    output::Output,
    pages::{MINERS_MAX, Pages},
    possible, suggest,
    verify::held::Held,
};
use etm_client::{Client, Error};
use etm_types::{
    Address,
    api::{
        MinerRef,
        account::Account,
        chain::{Parameters, Status, SyncState},
        error::ErrorCode,
        miner::{Miner, MinerPage},
        query::{MINERS_PAGE_MAX, MinerSort, MinersQuery, PAGE_DEFAULT},
    },
};
use std::{
    collections::HashSet,
    time::{SystemTime, UNIX_EPOCH},
};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::InvalidUrl { .. } => Self::usage("invalid_node_url", error.to_string()),
            Error::Api { detail, status } => {
                let code = ErrorCode::parse(&detail.code);
                let exit = match code {
                    Some(
                        ErrorCode::InvalidAddress
                        | ErrorCode::InvalidPath
                        | ErrorCode::InvalidQuery,
                    ) => Exit::Usage,
                    Some(ErrorCode::Timeout) => Exit::TimedOut,
                    Some(ErrorCode::PoolFull) => Exit::Failed,
                    _ if *status >= 500 => Exit::Unreachable,
                    _ => Exit::Failed,
                };
                Self::new(exit, detail.code.clone(), error.to_string())
            }
            Error::Unreachable { .. } => {
                Self::new(Exit::Unreachable, "node_unreachable", error.to_string())
                    .hint("is it running? --node or ETM_NODE names another")
            }
            Error::TimedOut { .. } => {
                Self::new(Exit::Unreachable, "node_unreachable", error.to_string())
                    .hint("--timeout waits longer")
            }
            Error::Malformed { .. } | Error::Stray { .. } => {
                Self::new(Exit::Unreachable, "not_a_node", error.to_string())
                    .hint("--node or ETM_NODE names another")
            }
        }
    }
}

/// A command at work with a node.
#[derive(Clone, Debug)]
pub struct Context {
    /// The options, settled.
    pub settings: Settings,
    /// Where to print.
    pub output: Output,
    /// The node.
    pub client: Client,
}

impl Context {
    /// Prepares to ask the node; nothing is sent yet.
    ///
    /// # Errors
    /// [`Failure`] if the node's URL is wrong.
    pub fn new(mut settings: Settings, output: Output) -> Result<Self> {
        let client = Client::builder(&settings.node)
            .timeout(settings.timeout)
            .build()?;
        // A node has one name, whichever way its URL was written: what is kept of it is found by that.
        client.node().clone_into(&mut settings.node);
        Ok(Self {
            settings,
            output,
            client,
        })
    }

    /// The account a person means: an address, the name of a key or a contact, or the key in use if nothing was said.
    ///
    /// # Errors
    /// [`Failure`] if it is none of them, or the name means a key and another's contact.
    pub fn account(&self, named: Option<&str>) -> Result<String> {
        let Some(text) = named else {
            return Ok(self.settings.key_in_use()?.address);
        };
        self.named(text).map(|(address, _)| address.to_string())
    }

    /// The account that somebody typed, and the name of it, if it was a name.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub fn named(&self, text: &str) -> Result<(Address, Option<String>)> {
        let error = match text.parse::<Address>() {
            Ok(address) => return Ok((address, None)),
            Err(error) => error,
        };
        let contacts = match &self.settings.contacts {
            Some(path) => Contacts::read(path)?,
            None => Contacts::default(),
        };
        let key = self.settings.keystore().and_then(|keys| keys.info(text));
        let name = Some(text.to_owned());
        match (key, contacts.address(text)) {
            (Ok(info), contact) => {
                let address = parse_address(&info.address)?;
                match contact.filter(|contact| *contact != address) {
                    None => Ok((address, name)),
                    Some(contact) => Err(Failure::usage(
                        "ambiguous_name",
                        format!("{text:?} is a key ({address}) and a contact ({contact})"),
                    )
                    .hint("write the address, or `etm contacts remove` the contact")),
                }
            }
            (Err(failure), _) if failure.code == "damaged_key_file" => Err(failure),
            (Err(_), Some(contact)) => Ok((contact, name)),
            (Err(_), None) if text.starts_with('A') && text.len() > 20 => {
                Err(mistyped(text, &error.to_string()))
            }
            (Err(failure), None) => Err(Failure::usage(
                "invalid_account",
                format!("{text:?} is neither an address (A...) nor the name of a key or a contact"),
            )
            .hint(match suggest::nearest(text, contacts.names()) {
                Some(near) => format!("did you mean the contact {near:?}?"),
                None => failure.hint.unwrap_or_default(),
            })),
        }
    }

    /// The status of the node; says so on standard error if it doesn't keep up.
    ///
    /// # Errors
    /// [`Failure`] if the node can't be asked, or follows another chain than the one the configuration names, or than the one that it had
    /// when something of it was checked for the first time.
    pub async fn status(&self) -> Result<Status> {
        let status = self.status_of_any_chain().await?;
        self.check_chain(&status)?;
        Ok(status)
    }

    /// The same, whatever chain the node had before.
    ///
    /// # Errors
    /// [`Failure`] if the node can't be asked, or follows another chain than the one the configuration names.
    pub async fn status_of_any_chain(&self) -> Result<Status> {
        let status = self.client.status().await?;
        self.check_named(&status)?;
        let warnings = [
            behind(&status, now_ms()),
            forgetful(&status),
            skewed(&status, now_ms()),
        ];
        for warning in warnings.into_iter().flatten() {
            self.output.note(&format!("etm: warning: {warning}"));
        }
        Ok(status)
    }

    /// Refuses a node of another chain than the one the configuration names, or, if it names none, than the one that the node had when
    /// something of it was checked for the first time.
    ///
    /// # Errors
    /// [`Failure`] naming both.
    pub fn check_chain(&self, status: &Status) -> Result<()> {
        if self.settings.chain.is_some() {
            return self.check_named(status);
        }
        let node = &self.settings.node;
        match Held::open(None)?.pins().read()?.chain_of(node) {
            Some(pinned) if pinned.0 != status.chain.id.0 => Err(Failure::failed(
                "wrong_chain",
                format!(
                    "{node} follows chain {} ({}), before it was {pinned}",
                    status.chain.id, status.chain.name
                ),
            )
            .hint("if the chain was made anew, as devnets are: `etm verify-round --new-chain`, or name it with --chain")),
            _ => Ok(()),
        }
    }

    fn check_named(&self, status: &Status) -> Result<()> {
        match &self.settings.chain {
            Some(chain) if *chain != status.chain.id.to_string() => Err(Failure::failed(
                "wrong_chain",
                format!(
                    "the node follows chain {} ({}), not {chain}",
                    status.chain.id, status.chain.name
                ),
            )
            .hint("--node names another node, --chain another chain")),
            _ => Ok(()),
        }
    }

    /// The node answered about something else than was asked, as its pages together show.
    pub fn stray(&self, told: &str, asked: &str) -> Failure {
        let (node, told, asked) = (self.settings.node.clone(), told.into(), asked.into());
        Error::Stray { node, told, asked }.into()
    }

    /// An account, as far as it can be one.
    ///
    /// # Errors
    /// [`Failure`] if the node can't be asked, or tells what can't be.
    pub async fn account_of(&self, address: &str) -> Result<Account> {
        let asked = tokio::try_join!(self.client.account(address), self.client.parameters());
        let (account, parameters) = asked?;
        possible::account(&account, parameters.genesis_supply)?;
        possible::round_end(&account, parameters.blocks_per_round)?;
        Ok(account)
    }

    /// The constants of the chain.
    ///
    /// # Errors
    /// [`Failure`] if the node can't be asked.
    pub async fn parameters(&self) -> Result<Parameters> {
        Ok(self.client.parameters().await?)
    }

    /// All registered miners, by id.
    ///
    /// # Errors
    /// As [`Self::miners`].
    pub async fn all_miners(&self, account: Option<&str>) -> Result<MinerPage> {
        let query = MinersQuery {
            sort: Some(MinerSort::Id),
            account: account.map(str::to_owned),
            limit: Some(MINERS_PAGE_MAX),
            ..MinersQuery::default()
        };
        self.miners(query).await
    }

    /// Every miner that `query` matches, as of one round.
    ///
    /// # Errors
    /// [`Failure`] if the node can't be asked, or rounds end more quickly than the list can be read.
    pub async fn miners(&self, mut query: MinersQuery) -> Result<MinerPage> {
        'rounds: for _ in 0..ATTEMPTS {
            query.offset = None;
            let mut all = self.client.miners(&query).await?;
            let limit = query.limit.unwrap_or(PAGE_DEFAULT);
            let first = (all.miners.len(), limit, all.total);
            let mut pages =
                Pages::begin(&self.settings.node, "miners", first, (u64::MAX, MINERS_MAX))?;
            while let Some(next) = all.next {
                query.offset = Some(next);
                let page = self.client.miners(&query).await?;
                pages.take(page.miners.len())?;
                // The list of another round is another list: parts of both would repeat some miners and lose others.
                if page.round != all.round {
                    continue 'rounds;
                }
                if page.miners.is_empty() {
                    break;
                }
                all.miners.extend(page.miners);
                all.next = page.next.filter(|offset| *offset > next);
            }
            let mut seen = HashSet::new();
            if let Some(twice) = all.miners.iter().find(|miner| !seen.insert(miner.id)) {
                return Err(self.stray(&format!("miner #{} twice", twice.id), "each once"));
            }
            return Ok(all);
        }
        Err(Failure::failed(
            "list_changes",
            "the list of miners changed whenever it was half read: rounds end too quickly for it",
        ))
    }
}

/// The miner a person means, among all there are: a name, or `#id`. A bare number is a name only, so that nobody who calls itself by
/// another's id gets its votes.
///
/// # Errors
/// [`Failure`] with the nearest name there is.
pub fn find_miner<'a>(miners: &'a [Miner], named: &str) -> Result<&'a Miner> {
    let id = |text: &str| text.parse::<u32>().ok();
    let found = match named.strip_prefix('#') {
        Some(number) => miners.iter().find(|miner| Some(miner.id) == id(number)),
        None => miners.iter().find(|miner| miner.name == named),
    };
    if let Some(miner) = found {
        return Ok(miner);
    }
    if let Some(miner) = miners.iter().find(|miner| Some(miner.id) == id(named)) {
        let failure = Failure::usage("unknown_miner", format!("no miner is named {named:?}"));
        return Err(failure.hint(format!("'#{}' is {:?}", miner.id, miner.name)));
    }
    let failure = Failure::usage(
        "unknown_miner",
        format!("no miner is registered as {named:?}"),
    );
    Err(
        match suggest::nearest(named, miners.iter().map(|miner| miner.name.as_str())) {
            Some(near) => failure.hint(format!("did you mean {near:?}?")),
            None => failure.hint("`etm miner list` shows all"),
        },
    )
}

/// A miner as people see it: name and id.
pub fn miner_text(miner: &MinerRef) -> String {
    if miner.name.is_empty() {
        format!("#{}", miner.id)
    } else {
        format!("{} (#{})", miner.name, miner.id)
    }
}

/// How often a list is read anew because a round ended meanwhile.
const ATTEMPTS: u32 = 5;

/// However rare blocks are: one so old is worth a word.
const MAX_USUAL_AGE_MS: u64 = 4 * 3_600_000;

/// How far two clocks may differ before it is said, in milliseconds.
const SKEW_MS: u64 = 60_000;

/// This machine's clock, in milliseconds since 1970; 0 if it stands before that.
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|now| u64::try_from(now.as_millis()).ok())
        .unwrap_or(0)
}

/// What there is to say if the node's clock is another than this machine's (`now_ms`). Nothing is computed with this machine's clock,
/// so it costs nothing here; but if it is the node's that is wrong, the node may not keep up. On a devnet time travel moves the chain's clock
/// ahead, which is fine.
pub fn skewed(status: &Status, now_ms: u64) -> Option<String> {
    let node = status.sync.now_ms;
    let (apart, how) = if node > now_ms {
        (node - now_ms, "ahead of")
    } else {
        (now_ms - node, "behind")
    };
    let traveled = status.chain.devnet && node > now_ms;
    (apart > SKEW_MS && !traveled).then(|| {
        format!(
            "the node's clock is {} {how} this machine's: one of them is wrong",
            span(apart)
        )
    })
}

/// The chain's time as the node has it: its clock, but no earlier than the newest block, from whose time the chain goes on where clocks
/// were set back.
pub fn chain_now_ms(status: &Status) -> u64 {
    status.sync.now_ms.max(status.tip.timestamp_ms)
}

/// What there is to say where the times of the chain are far ahead of this machine's (`now_ms`), though no clock is wrong now.
pub fn ahead(status: &Status, now_ms: u64) -> Option<String> {
    let (chain, node) = (chain_now_ms(status), status.sync.now_ms);
    let apart = chain.saturating_sub(now_ms);
    let set_back = chain.saturating_sub(node) > SKEW_MS;
    let told = skewed(status, now_ms).is_some() && !set_back;
    (apart > SKEW_MS && !told).then(|| {
        let why = match set_back {
            true => {
                "clocks were ahead when its newest blocks were made, and it goes on from their time"
            }
            false => "it has travelled, as devnets do",
        };
        format!(
            "{} ahead of this machine's: {why}; all times here are the chain's",
            span(apart)
        )
    })
}

/// Blocks that a history may be behind for a moment.
const HISTORY_LAG: u64 = 16;

/// What there is to say about a node whose history is behind.
pub fn forgetful(status: &Status) -> Option<String> {
    let lag = status.sync.history_lag;
    (lag > HISTORY_LAG).then(|| {
        format!(
            "the node's history is {lag} blocks behind: rewards, transactions and sums of the past lack what is newest"
        )
    })
}

/// How old a block is at `now_ms`, if the newest one is not as old where one comes every `interval_ms`. All in milliseconds.
pub fn unusual_age(timestamp_ms: u64, interval_ms: u64, now_ms: u64) -> Option<u64> {
    let age = now_ms.saturating_sub(timestamp_ms);
    // Nodes say it of themselves after ten slots.
    let usual = interval_ms
        .saturating_mul(20)
        .clamp(SKEW_MS, MAX_USUAL_AGE_MS);
    (age > usual).then_some(age)
}

/// How long the running round goes on by the pace of its last blocks, or why nobody can say: `keeps_up` is whether the node is believed to.
pub fn until_round_end(status: &Status, keeps_up: bool) -> std::result::Result<u64, &'static str> {
    match status.sync.state {
        SyncState::Stalled => Err("no new blocks"),
        _ if !keeps_up => Err("not known"),
        _ => Ok((status.progress.ends_ms).saturating_sub(chain_now_ms(status))),
    }
}

/// What there is to say about a node that doesn't keep up, at `now_ms` by this machine's clock.
pub fn behind(status: &Status, now_ms: u64) -> Option<String> {
    let sync = &status.sync;
    match sync.state {
        SyncState::Synced => {
            let interval = status.finality.block_interval_ms.unwrap_or(0);
            let age = unusual_age(status.tip.timestamp_ms, interval, now_ms);
            age.map(|age| {
                format!(
                    "the node says that it keeps up, and its newest block is {} old by this machine's clock: what it says may be old",
                    span(age)
                )
            })
        }
        SyncState::Starting => Some("the node is starting: what it says may be old".to_owned()),
        SyncState::Behind if sync.best_height <= status.tip.height => {
            Some("the node is catching up: what it says may be old".to_owned())
        }
        SyncState::Behind => Some(format!(
            "the node is {} blocks behind (at {}, heard of {}): what it says is old",
            sync.best_height.saturating_sub(status.tip.height),
            status.tip.height,
            sync.best_height,
        )),
        SyncState::Stalled => Some(format!(
            "no block for {} s: the network may have halted, or the node lost its peers",
            sync.tip_age_ms / 1000
        )),
    }
}
