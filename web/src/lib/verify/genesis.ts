/** The genesis, decoded: what the chain id commits to. The committees of rounds 0 and 1 follow from it. */

import { sha256 } from '@noble/hashes/sha2.js';
import { concat, toHex, utf8, type Bytes } from '../bytes';
import type { Member } from '../codec/block';
import { decode, type Reader } from '../codec/reader';
import { draw } from '../mechanism/chance';
import { votes } from '../mechanism/votes';

const FORMAT_TAG = utf8('etm/genesis/v1');
const MAX = 1 << 28;

export interface Genesis {
  readonly chain: string;
  readonly name: string;
  readonly beacon: Bytes;
  readonly committeeSize: number;
  readonly blocksPerRound: number;
  readonly minCommittee: number;
  /** The committees of rounds 0 and 1, in the order drawn. */
  readonly committees: readonly [readonly Member[], readonly Member[]];
}

interface GenesisMiner extends Member {
  votes: bigint;
}

function readMiner(input: Reader, miner: number): GenesisMiner {
  input.raw('owner', 20);
  const name = input.shortText('miner name', 1, 20);
  const node = input.hex('node key', 32);
  const bls = input.raw('BLS key', 96);
  input.raw('proofs', 64 + 48);
  const dial = input.shortText('dial address', 3, 128);
  input.option('contact flag', (inner) => inner.shortText('contact', 1, 128));
  return { miner, name, node, bls, dial, votes: 0n };
}

/** The chain id of a canonical genesis. */
export function chainIdOf(canonical: Uint8Array): string {
  return toHex(sha256(concat(FORMAT_TAG, canonical)));
}

/** Decodes a canonical genesis and draws its two committees. */
export function readGenesis(canonical: Uint8Array): Genesis {
  return decode(canonical, (input) => {
    const name = input.shortText('name', 1, 64);
    input.u64('timestamp');
    const beacon = input.raw('beacon', 32);
    const committeeSize = input.u32('committee');
    const blocksPerRound = input.u32('blocks per round');
    const minCommittee = input.u32('least committee');
    // Smallest lock, deposit, day, slot, fee, ready rounds, transactions and bytes of a block, devnet flag.
    input.raw('parameters', 6 * 8 + 2 * 4 + 1);
    input.list('accounts', 0, MAX, (inner) => inner.raw('account', 28).length);
    let next = 0;
    const miners = input.list('miners', 0, MAX, (inner) => readMiner(inner, next++));
    input.list('positions', 0, MAX, (inner) => {
      inner.raw('address', 20);
      const locked = inner.u64('amount');
      const timeGain = inner.u8('time gain');
      const miner = inner.option('miner flag', (flagged) => flagged.u32('miner id'));
      const chosen = miner === null ? undefined : miners[miner];
      if (chosen !== undefined) chosen.votes += votes(locked, timeGain);
      return null;
    });
    // Nobody has produced yet and the average is 1, so every weight equals the votes.
    const candidates = miners
      .filter((miner) => miner.votes > 0n)
      .map((miner) => ({ id: miner.miner, weight: miner.votes }));
    const size = Math.min(committeeSize, candidates.length);
    const drawn = (round: bigint): readonly Member[] =>
      draw(round, beacon, candidates, size)
        .map((pick) => miners[pick.id])
        .filter((miner) => miner !== undefined);
    return {
      chain: chainIdOf(canonical),
      name,
      beacon,
      committeeSize,
      blocksPerRound,
      minCommittee,
      committees: [drawn(0n), drawn(1n)] as const,
    };
  });
}
