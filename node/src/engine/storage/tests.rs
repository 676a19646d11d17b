use std::num::NonZeroU32;

use commonware_cryptography::Digestible as _;
use commonware_runtime::{
    Blob as _, Runner as _, Storage as _, Supervisor as _, WriteOptions, deterministic,
};
use etm_execution::{ChainParams, Draft, DraftMiner, DraftPosition, Genesis, StateRoots};
use etm_mechanism::{Params, TimeGain};
use etm_types::{
    Address, Beacon, Block, DialAddress, Hash, Height, MinerId, MinerName, MinerSecrets, SecretKey,
    Units,
};

use super::*;

/// A block to be filled in.
fn template() -> Block {
    let owner = Address::of(&SecretKey::from_seed([1; 32]).public_key());
    let secrets = MinerSecrets::from_seed([2; 32]);
    let params = ChainParams {
        mechanism: Params {
            min_committee: 1,
            ..ChainParams::devnet().mechanism
        },
        ..ChainParams::devnet()
    };
    let mut draft = Draft::new("etm-test", params, 0, Beacon([3; 32]));
    let locked = Units(1_000 * Units::ETM.0);
    draft.accounts.insert(owner, locked);
    draft.positions.insert(
        owner,
        DraftPosition {
            locked,
            time_gain: TimeGain::new(1).unwrap(),
            miner: Some(MinerId(0)),
        },
    );
    draft.miners.push(DraftMiner {
        owner,
        name: MinerName::new("miner").unwrap(),
        keys: secrets.prove(&owner),
        dial: DialAddress::new("127.0.0.1:1").unwrap(),
        contact: None,
    });
    Genesis::new(draft).unwrap().block(StateRoots {
        state_root: Hash([0; 32]),
        ops_root: Hash([0; 32]),
        ops_start: 0,
        ops_end: 1,
    })
}

fn block(template: &Block, height: Height) -> Arc<EngineBlock> {
    let mut block = template.clone();
    block.header.height = height;
    Arc::new(EngineBlock::new(block).unwrap())
}

type BlockArchive = Archive<deterministic::Context, Arc<EngineBlock>>;

async fn open(context: deterministic::Context, retention: Retention) -> BlockArchive {
    BlockArchive::open(context, "node", "blocks", retention, 10, cache(), ())
        .await
        .unwrap()
}

/// Files of the archive.
async fn files(context: &deterministic::Context) -> usize {
    let mut count = 0;
    for part in [
        "commits",
        "table",
        "keys",
        "values",
        "heights",
        "window-commits",
        "window-keys",
        "window-values",
    ] {
        if let Ok(blobs) = context.scan(&format!("node-blocks-{part}")).await {
            count += blobs.len();
        }
    }
    count
}

/// Puts blocks of these heights as marshal does: each durable, and the past said to be no longer needed.
async fn put(
    archive: BlockArchive,
    template: &Block,
    heights: std::ops::RangeInclusive<u64>,
) -> BlockArchive {
    let mut archive = archive;
    for height in heights {
        let block = block(template, Height(height));
        archive = Blocks::put(archive, block.digest(), &block).await.unwrap();
        if height % 64 == 0 {
            archive = Blocks::sync(archive).await.unwrap();
            archive = Blocks::prune(archive, EngineHeight::new(height - 2))
                .await
                .unwrap();
        }
    }
    Blocks::sync(archive).await.unwrap()
}

async fn has(archive: &BlockArchive, height: Height) -> bool {
    Blocks::get(archive, Identifier::Index(height.0))
        .await
        .unwrap()
        .is_some()
}

#[test]
fn an_archive_of_all_blocks_has_as_many_files_after_5000_as_after_500() {
    deterministic::Runner::default().start(|context| async move {
        let template = template();
        let archive = open(context.child("first"), Retention::All).await;
        let archive = put(archive, &template, 1..=500).await;
        let early = files(&context).await;
        let archive = put(archive, &template, 501..=5_000).await;
        assert_eq!(files(&context).await, early);
        drop(archive);

        // Opened again it has every one of them.
        let archive = open(context.child("second"), Retention::All).await;
        for height in [1, 256, 257, 500, 501, 4_999, 5_000] {
            let wanted = block(&template, Height(height));
            let found = Blocks::get(&archive, Identifier::Key(&wanted.digest())).await;
            assert_eq!(found.unwrap(), Some(wanted));
        }
        assert_eq!(Blocks::last_index(&archive), Some(EngineHeight::new(5_000)));
        assert_eq!(
            Blocks::next_gap(&archive, EngineHeight::new(1)),
            (Some(EngineHeight::new(5_000)), None)
        );
    });
}

#[test]
fn an_archive_that_forgets_keeps_its_window_and_a_constant_number_of_files() {
    deterministic::Runner::default().start(|context| async move {
        let template = template();
        let section = WINDOW_SECTION.get();
        let retention = Retention::Blocks(NonZeroU32::new(100).unwrap());
        let archive = open(context.child("first"), retention).await;
        let archive = put(archive, &template, section - 50..=section + 50).await;
        assert!(
            has(&archive, Height(section - 50)).await,
            "still in the window"
        );
        let archive = put(archive, &template, section + 51..=section + 200).await;
        assert!(
            !has(&archive, Height(section - 1)).await,
            "the first file is gone"
        );
        assert!(has(&archive, Height(section)).await);
        assert!(has(&archive, Height(section + 100)).await);
        let early = files(&context).await;
        let archive = put(archive, &template, 2 * section - 50..=2 * section + 200).await;
        assert!(!has(&archive, Height(2 * section - 1)).await);
        assert_eq!(files(&context).await, early);
        drop(archive);
    });
}

#[test]
fn a_window_is_never_less_than_two_rounds() {
    deterministic::Runner::default().start(|context| async move {
        let retention = Retention::Blocks(NonZeroU32::MIN);
        let Archive::Window(_, window) = open(context.child("first"), retention).await else {
            panic!("an archive that forgets");
        };
        assert_eq!(window, 20);
    });
}

/// Overwrites bytes of the values `at` so many thousandths of their file.
async fn damage(context: &deterministic::Context, at: u64) {
    let partition = "node-blocks-values";
    let names = context.scan(partition).await.unwrap();
    let (blob, size) = context.open(partition, &names[0]).await.unwrap();
    blob.write_at(size * at / 1_000, vec![0x5a; 3], WriteOptions::default())
        .await
        .unwrap();
    blob.sync().await.unwrap();
}

/// Which heights up to `last` are given up and which refused; by its hash a block is answered for in the same way if `by_hash`.
async fn answers(
    tolerant: &Tolerant<BlockArchive>,
    template: &Block,
    last: u64,
    by_hash: bool,
) -> (Vec<u64>, Vec<u64>) {
    let (mut lost, mut refused) = (Vec::new(), Vec::new());
    for height in 1..=last {
        let block = block(template, Height(height));
        let digest = block.digest();
        let named = Blocks::get(tolerant, Identifier::Key(&digest)).await;
        match Blocks::get(tolerant, Identifier::Index(height)).await {
            Ok(Some(found)) => {
                assert_eq!(found, block);
                assert_eq!(named.unwrap(), Some(block));
            }
            Ok(None) => {
                assert_eq!(named.is_ok_and(|found| found.is_none()), by_hash);
                lost.push(height);
            }
            Err(_) => {
                assert!(named.is_err());
                refused.push(height);
            }
        }
    }
    (lost, refused)
}

#[test]
fn a_sector_lost_from_what_is_executed_is_forgiven_and_one_that_consensus_needs_is_not() {
    deterministic::Runner::default().start(|context| async move {
        let template = template();
        let last = UNACKNOWLEDGED + 400;
        let archive = open(context.child("first"), Retention::All).await;
        drop(put(archive, &template, 1..=last).await);
        damage(&context, 850).await;
        let archive = open(context.child("second"), Retention::All).await;
        let mut header = template.header.clone();
        let tip = Tip::new(header.clone());
        let tolerant = Tolerant::new(archive, "blocks", tip.clone());
        // Before it is known what is executed all may be needed.
        let (lost, refused) = answers(&tolerant, &template, last, false).await;
        assert!(
            lost.is_empty() && !refused.is_empty(),
            "{lost:?} {refused:?}"
        );
        header.height = Height(last);
        tip.resume(&header);
        assert_eq!(
            answers(&tolerant, &template, last, true).await,
            (refused, Vec::new())
        );
        drop(tolerant);

        // While one can't be read that is needed its hash isn't known: any might be this one.
        damage(&context, 970).await;
        let archive = open(context.child("third"), Retention::All).await;
        let tolerant = Tolerant::new(archive, "blocks", tip);
        let (lost, refused) = answers(&tolerant, &template, last, false).await;
        assert!(
            lost.iter().any(|height| *height < 400) && lost.iter().any(|height| *height >= 400),
            "{lost:?}"
        );
        assert!(
            refused.is_empty(),
            "who asks by height is no part of consensus: {refused:?}"
        );
    });
}
