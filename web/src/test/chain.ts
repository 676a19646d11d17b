/** A small chain with real signatures, made here: what the checks of rounds are tried on without a node. */

import { bls12_381 } from '@noble/curves/bls12-381.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { BoundaryCertificate, MinerRef, RoundReceipt, Schema } from '../api/types';
import { bigEndian, concat, fromHexOf, toHex, utf8, type Bytes } from '../lib/bytes';
import { committeeRoot, headerHash, type Member, ZERO_HASH } from '../lib/codec/block';
import { inNamespace } from '../lib/codec/transaction';
import { draw, lucky, nextBeacon, turn } from '../lib/mechanism/chance';
import { bonusTotal, pools } from '../lib/mechanism/schedule';
import { votes } from '../lib/mechanism/votes';
import { chainIdOf } from '../lib/verify/genesis';

const scheme = bls12_381.shortSignatures;
const DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
export const BLOCKS_PER_ROUND = 4;
export const COMMITTEE = 4;
const MINERS = 5;

interface TestMiner extends Member {
  readonly secret: Bytes;
  readonly votes: bigint;
}

const text = (value: string) => concat(Uint8Array.of(value.length), utf8(value));
const fill = (length: number, byte: number): Bytes => new Uint8Array(length).fill(byte);

const miners: readonly TestMiner[] = Array.from({ length: MINERS }, (_, miner) => {
  const secret = Uint8Array.from(sha256(Uint8Array.of(miner)));
  secret[0] = 0;
  return {
    miner,
    name: `miner${miner}`,
    node: toHex(ed25519.getPublicKey(secret)),
    bls: scheme.getPublicKey(secret).toBytes(true),
    dial: '127.0.0.1:4000',
    secret,
    votes: votes(BigInt(miner + 1) * 10_000_000_000n, miner + 1),
  };
});

const genesisBeacon = fill(32, 7);

/** The canonical encoding of the genesis. */
export const genesis: Bytes = concat(
  text('etm-test'),
  bigEndian(1_700_000_000_000n, 8),
  genesisBeacon,
  bigEndian(COMMITTEE, 4),
  bigEndian(BLOCKS_PER_ROUND, 4),
  bigEndian(4, 4),
  ...[100_000_000n, 1_000_000_000n, 60n, 500n, 10_000_000n, 10n].map((value) => bigEndian(value, 8)),
  bigEndian(4096, 4),
  bigEndian(1 << 20, 4),
  Uint8Array.of(1),
  bigEndian(1, 4),
  fill(20, 1),
  bigEndian(5n, 8),
  bigEndian(MINERS, 4),
  ...miners.flatMap((miner) => [
    fill(20, 50 + miner.miner),
    text(miner.name),
    fromHexOf(miner.node, 32),
    miner.bls,
    fill(64 + 48, 0),
    text(miner.dial),
    Uint8Array.of(0),
  ]),
  bigEndian(MINERS, 4),
  ...miners.flatMap((miner) => [
    fill(20, 100 + miner.miner),
    bigEndian(BigInt(miner.miner + 1) * 10_000_000_000n, 8),
    Uint8Array.of(miner.miner + 1, 1),
    bigEndian(miner.miner, 4),
  ]),
);

export const chainId = chainIdOf(genesis);

function encodeCommittee(round: number, members: readonly Member[]): Bytes {
  return concat(
    bigEndian(round, 8),
    bigEndian(members.length, 4),
    ...members.flatMap((member) => [
      bigEndian(member.miner, 4),
      fromHexOf(member.node, 32),
      member.bls,
      text(member.dial),
      text(member.name),
    ]),
  );
}

function signedBy(members: readonly TestMiner[], proposal: Bytes, absent: number): Bytes {
  const sorted = [...members].sort((left, right) => (left.node < right.node ? -1 : 1));
  const namespace = concat(utf8('etm/consensus/v1'), fromHexOf(chainId, 32), utf8('_FINALIZE'));
  const hash = scheme.hash(inNamespace(namespace, proposal), DST);
  const signing = sorted.filter((_, index) => index !== absent);
  const signature = scheme.aggregateSignatures(signing.map((member) => scheme.sign(hash, member.secret)));
  let bits = 0;
  sorted.forEach((_, index) => {
    if (index !== absent) bits |= 1 << index;
  });
  return concat(proposal, bigEndian(sorted.length, 8), Uint8Array.of(bits), signature.toBytes(true));
}

const ref = (member: Member): MinerRef => ({ id: member.miner, name: member.name });
const candidates = miners.map((miner) => ({ id: miner.miner, weight: miner.votes }));

function drawn(
  round: number,
  beacon: Bytes,
): { picks: ReturnType<typeof draw>; members: readonly TestMiner[] } {
  const picks = draw(BigInt(round), beacon, candidates, COMMITTEE);
  return { picks, members: picks.map((pick) => miners[pick.id]!) };
}

export interface TestRound {
  readonly receipt: RoundReceipt;
  readonly boundary: BoundaryCertificate;
}

function toApi(member: Member): Schema<'CommitteeMember'> {
  return {
    miner: ref(member),
    node_key: member.node,
    bls_key: toHex(member.bls),
    dial_address: member.dial,
  };
}

/** The first `count` rounds of the chain. Records of miners stay empty, so weights are votes. */
export function makeRounds(count: number): TestRound[] {
  const rounds: TestRound[] = [];
  const committees = [drawn(0, genesisBeacon).members, drawn(1, genesisBeacon).members];
  let parent = 'ee'.repeat(32);
  let beacon: Bytes = genesisBeacon;
  let time = 1_700_000_000_000n;
  let carry = 0n;
  for (let round = 0; round < count; round += 1) {
    const members = committees[round]!;
    const seed = beacon;
    const roundParent = parent;
    const first = round === 0 ? 1 : round * BLOCKS_PER_ROUND;
    const last = (round + 1) * BLOCKS_PER_ROUND - 1;
    const produced = new Map<number, number>();
    const missed = new Map<number, number>();
    const headers: string[] = [];
    let parentSlot = 0n;
    let announced: ReturnType<typeof drawn> | null = null;
    let committeeBytes: Bytes = new Uint8Array();
    for (let height = first; height <= last; height += 1) {
      // Every third height loses a slot first.
      const slot = parentSlot + (height % 3 === 0 ? 2n : 1n);
      for (let skipped = parentSlot + 1n; skipped < slot; skipped += 1n) {
        const member = members[turn(BigInt(round), seed, skipped, members.length)]!;
        missed.set(member.miner, (missed.get(member.miner) ?? 0) + 1);
      }
      const producer = members[turn(BigInt(round), seed, slot, members.length)]!;
      produced.set(producer.miner, (produced.get(producer.miner) ?? 0) + 1);
      const namespace = concat(utf8('etm/vrf/v1'), fromHexOf(chainId, 32));
      const message = inNamespace(namespace, concat(beacon, bigEndian(height, 8)));
      const vrf = scheme.sign(scheme.hash(message, DST), producer.secret).toBytes(true);
      beacon = nextBeacon(beacon, vrf);
      time += 500n;
      let root = ZERO_HASH;
      if (height === last) {
        announced = drawn(round + 2, beacon);
        committeeBytes = encodeCommittee(round + 2, announced.members);
        root = committeeRoot(committeeBytes);
        committees.push(announced.members);
      }
      const header = concat(
        Uint8Array.of(1),
        fromHexOf(chainId, 32),
        bigEndian(height, 8),
        bigEndian(round, 8),
        bigEndian(slot, 8),
        bigEndian(parentSlot, 8),
        fromHexOf(parent, 32),
        bigEndian(time, 8),
        bigEndian(producer.miner, 4),
        fromHexOf(producer.node, 32),
        vrf,
        beacon,
        fill(32, 1),
        fill(32, 2),
        fill(32, 3),
        bigEndian(0, 8),
        bigEndian(9, 8),
        fill(32, 4),
        fromHexOf(root, 32),
      );
      headers.push(toHex(header));
      parent = headerHash(header);
      parentSlot = slot;
    }
    const proposal = concat(Uint8Array.of(round, Number(parentSlot), 1), fromHexOf(parent, 32));
    const certificate: Schema<'BlockCertificate'> = {
      height: last,
      hash: parent,
      round,
      header: headers.at(-1)!,
      finalization: toHex(signedBy(members, proposal, 0)),
      view: Number(parentSlot),
      parent_view: 1,
      signers: null,
      committee: members.map(toApi),
    };
    const issued = bonusTotal(BigInt(last)) - bonusTotal(BigInt(first - 1));
    const total = carry + issued;
    const split = pools(total, COMMITTEE);
    const chosen = lucky(BigInt(round), beacon, COMMITTEE);
    rounds.push({
      boundary: {
        round,
        certificate,
        committee_encoded: toHex(committeeBytes),
        committee: announced!.members.map(toApi),
      },
      receipt: {
        format: 'etm-receipt/1',
        chain: chainId,
        round,
        blocks_per_round: BLOCKS_PER_ROUND,
        committee_size: COMMITTEE,
        min_committee: 4,
        seed: toHex(seed),
        committee: members.map(toApi),
        parent: roundParent,
        headers,
        certificate,
        distribution: {
          carry_in: carry.toString(),
          issued: issued.toString(),
          total: total.toString(),
          ordinary_pool: split.ordinary.toString(),
          lucky_extra: split.luckyExtra.toString(),
          carry_out: split.remainder.toString(),
          credited: (total - split.remainder).toString(),
          fees: '7',
          fee_per_block: (7n / BigInt(headers.length)).toString(),
          fees_remainder: (7n % BigInt(headers.length)).toString(),
        },
        lucky: { hash: toHex(chosen.hash), index: chosen.index, miner: ref(members[chosen.index]!) },
        pools: members.map((member, index) => ({
          miner: ref(member),
          pool: (split.ordinary + (index === chosen.index ? split.luckyExtra : 0n)).toString(),
          votes: member.votes.toString(),
          produced: produced.get(member.miner) ?? 0,
          missed: missed.get(member.miner) ?? 0,
          fees: ((7n / BigInt(headers.length)) * BigInt(produced.get(member.miner) ?? 0)).toString(),
        })),
        draw: {
          round: round + 2,
          drawn_in: round,
          beacon: toHex(beacon),
          v_avg: (1n << 32n).toString(),
          candidates: miners.map((miner) => ({
            miner: ref(miner),
            votes: miner.votes.toString(),
            produced: 0,
            slots: 0,
            weight: miner.votes.toString(),
          })),
          total_weight: candidates.reduce((sum, candidate) => sum + candidate.weight, 0n).toString(),
          size: COMMITTEE,
          kept: false,
          previous: [],
          picks: announced!.picks.map((pick, index) => ({
            index,
            hash: toHex(pick.hash),
            total: pick.total.toString(),
            point: pick.point.toString(),
            miner: ref(miners[pick.id]!),
          })),
          members: announced!.members.map(ref),
        },
      },
    });
    carry = split.remainder;
  }
  return rounds;
}
