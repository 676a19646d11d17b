/** A small chain with real signatures, made here: what the checks of rounds are tried on without a node. */

import { bls12_381 } from '@noble/curves/bls12-381.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bigEndian, concat, fromHexOf, inNamespace, toHex, utf8, type Bytes } from '../lib/bytes';
import { committeeRoot, type Header, headerHash, type Member, ZERO_HASH } from '../lib/codec/block';
import { finalizeMessage } from '../lib/crypto/bls';
import { draw, lucky, nextBeacon, turn } from '../lib/mechanism/chance';
import { bonusTotal, pools } from '../lib/mechanism/schedule';
import { votes } from '../lib/mechanism/votes';
import { chainIdOf, encodeCommittee } from '../lib/verify/genesis';
import type { Candidate, Receipt, ReceiptOf } from '../lib/verify/receipts';
import { encodeHeader } from '../lib/verify/walk';

const scheme = bls12_381.shortSignatures;
const DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
export const BLOCKS_PER_ROUND = 4;
export const COMMITTEE = 4;
const MINERS = 5;

export interface TestMiner extends Member {
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

/** What the encoding of a receipt is. */
export function encodeReceipt(receipt: Receipt): Bytes {
  switch (receipt.kind) {
    case 'bonus': {
      const { total, ordinary, luckyExtra, carry } = receipt;
      return concat(
        Uint8Array.of(4),
        ...[total, ordinary, luckyExtra, carry].map((value) => bigEndian(value, 8)),
      );
    }
    case 'lucky':
      return concat(Uint8Array.of(5), bigEndian(receipt.miner, 4), bigEndian(receipt.extra, 8));
    case 'pool':
      return concat(
        Uint8Array.of(6),
        bigEndian(receipt.miner, 4),
        bigEndian(receipt.pool, 8),
        bigEndian(receipt.votes, 16),
      );
    case 'average':
      return concat(Uint8Array.of(10), bigEndian(receipt.average, 8));
    case 'draw':
      return concat(
        Uint8Array.of(11),
        bigEndian(receipt.round, 8),
        bigEndian(receipt.candidates, 4),
        fromHexOf(receipt.candidatesHash, 32),
        bigEndian(receipt.total, 16),
        bigEndian(receipt.members.length, 4),
        ...receipt.members.map((member) => bigEndian(member, 4)),
        Uint8Array.of(receipt.kept ? 1 : 0),
      );
    case 'fees': {
      const { total, perBlock, remainder } = receipt;
      return concat(Uint8Array.of(13), ...[total, perBlock, remainder].map((value) => bigEndian(value, 8)));
    }
  }
}

export function encodeCandidates(list: readonly Candidate[]): Bytes {
  return concat(
    bigEndian(list.length, 4),
    ...list.flatMap(({ miner, votes: cast, produced, slots, weight }) => [
      bigEndian(miner, 4),
      bigEndian(cast, 16),
      bigEndian(produced, 8),
      bigEndian(slots, 8),
      bigEndian(weight, 16),
    ]),
  );
}

/** The tree over all receipts of a block, by its definition: leaves that are not there are others' receipts. */
function tree(leaves: readonly Bytes[], keep: (index: number) => boolean): { top: Bytes; path: Bytes[] } {
  const path: Bytes[] = [];
  const top = (first: number, size: number, below: boolean): Bytes => {
    const any = leaves.slice(first, first + size).some((_, index) => keep(first + index));
    let hash: Bytes;
    if (size === 1) hash = Uint8Array.from(sha256(concat(Uint8Array.of(0), leaves[first]!)));
    else {
      let split = 1;
      while (split * 2 < size) split *= 2;
      const silent = below || !any;
      const left = top(first, split, silent);
      hash = Uint8Array.from(
        sha256(concat(Uint8Array.of(1), left, top(first + split, size - split, silent))),
      );
    }
    if (!any && !below) path.push(hash);
    return hash;
  };
  return { top: top(0, leaves.length, false), path };
}

/** A receipt of a kind that no check needs. */
const OTHER: Bytes = concat(Uint8Array.of(1), fill(20, 9));

/** All receipts of a last block: others stand between those that a check needs. */
function leavesOf(receipts: readonly Receipt[]): { leaves: Bytes[]; at: number[] } {
  const leaves: Bytes[] = [OTHER];
  const at = receipts.map((receipt, index) => {
    if (index % 3 === 1) leaves.push(OTHER);
    leaves.push(encodeReceipt(receipt));
    return leaves.length - 1;
  });
  return { leaves, at };
}

function rootOf(receipts: readonly Receipt[]): string {
  const { leaves } = leavesOf(receipts);
  const { top } = tree(leaves, () => true);
  return toHex(sha256(concat(Uint8Array.of(2), bigEndian(leaves.length, 4), top)));
}

/** Those receipts of all that `wanted` names. */
function choose(receipts: readonly Receipt[], wanted: (receipt: Receipt) => boolean): Bytes {
  const { leaves, at } = leavesOf(receipts);
  const indexes = at.filter((_, index) => wanted(receipts[index]!));
  const { path } = tree(leaves, (index) => indexes.includes(index));
  return concat(
    bigEndian(leaves.length, 4),
    bigEndian(indexes.length, 4),
    ...indexes.flatMap((index) => [bigEndian(index, 4), leaves[index]!]),
    bigEndian(path.length, 4),
    ...path,
  );
}

function certificateOf(header: Header, members: readonly TestMiner[], absent: readonly number[]): Bytes {
  const sorted = [...members].sort((left, right) => (left.node < right.node ? -1 : 1));
  const hash = fromHexOf(headerHash(encodeHeader(header)), 32);
  const message = finalizeMessage(chainId, header.round, header.slot, 1n, hash);
  const point = scheme.hash(message, DST);
  const signing = sorted.filter((_, index) => !absent.includes(index));
  const signature = scheme.aggregateSignatures(signing.map((member) => scheme.sign(point, member.secret)));
  let bits = 0;
  sorted.forEach((_, index) => {
    if (!absent.includes(index)) bits |= 1 << index;
  });
  return concat(bigEndian(header.slot, 8), bigEndian(1, 8), Uint8Array.of(1, bits), signature.toBytes(true));
}

/** What a round says, before it is signed: a committee with its keys could sign anything. */
export interface Draft {
  readonly round: number;
  receipts: Receipt[];
  candidates: Candidate[];
  /** The committee of two rounds later. */
  drawn: TestMiner[];
  /** Changes a header before it is hashed. */
  header: (header: Header) => Header;
  /** Places of those who do not sign, in the order of node keys. */
  absent: readonly number[];
}

export interface TestRound {
  readonly evidence: Bytes;
  /** The committee of the round, the header of its last block and what makes it final. */
  readonly members: readonly TestMiner[];
  /** The committee of the round after. */
  readonly next: readonly TestMiner[];
  readonly last: Header;
  readonly certificate: Bytes;
  readonly drawn: readonly TestMiner[];
}

function drawFrom(round: number, beacon: Bytes, candidates: readonly Candidate[]): TestMiner[] {
  const weighed = candidates.map(({ miner, weight }) => ({ id: miner, weight }));
  return draw(BigInt(round), beacon, weighed, COMMITTEE).map((pick) => miners[pick.id]!);
}

/** The first `count` rounds of the chain, honest but for what `lie` changes. */
export function makeRounds(count: number, lie: (draft: Draft) => void = () => undefined): TestRound[] {
  const rounds: TestRound[] = [];
  const committees = [
    drawFrom(0, genesisBeacon, startCandidates()),
    drawFrom(1, genesisBeacon, startCandidates()),
  ];
  let parent = 'ee'.repeat(32);
  let beacon: Bytes = genesisBeacon;
  let time = 1_700_000_000_000n;
  let carry = 0n;
  let feesLeft = 0n;
  let before: { header: Header; receipts: readonly Receipt[] } | null = null;
  for (let round = 0; round < count; round += 1) {
    const members = committees[round]!;
    const seed = beacon;
    const first = round === 0 ? 1 : round * BLOCKS_PER_ROUND;
    const lastHeight = (round + 1) * BLOCKS_PER_ROUND - 1;
    const draft: Draft = {
      round,
      receipts: [],
      candidates: startCandidates(),
      drawn: [],
      header: (header) => header,
      absent: [0],
    };
    const headers: Header[] = [];
    let parentSlot = 0n;
    for (let height = first; height <= lastHeight; height += 1) {
      // Every third height loses a slot first.
      const slot = parentSlot + (height % 3 === 0 ? 2n : 1n);
      const producer = members[turn(BigInt(round), seed, slot, members.length)]!;
      const namespace = concat(utf8('etm/vrf/v1'), fromHexOf(chainId, 32));
      const message = inNamespace(namespace, concat(beacon, bigEndian(height, 8)));
      const vrf = Uint8Array.from(scheme.sign(scheme.hash(message, DST), producer.secret).toBytes(true));
      beacon = nextBeacon(beacon, vrf);
      time += 500n;
      let [receiptsRoot, root] = ['44'.repeat(32), ZERO_HASH];
      if (height === lastHeight) {
        const blocks = headers.length + 1;
        endOf(draft, members, beacon, carry, feesLeft, first, lastHeight, blocks);
        lie(draft);
        receiptsRoot = rootOf(draft.receipts);
        root = committeeRoot(encodeCommittee(BigInt(round + 2), draft.drawn));
        committees.push(draft.drawn);
      }
      const header = draft.header({
        chain: chainId,
        height: BigInt(height),
        round: BigInt(round),
        slot,
        parentSlot,
        parent,
        timestampMs: time,
        producer: producer.miner,
        leader: producer.node,
        vrf,
        beacon,
        transactionsRoot: '11'.repeat(32),
        stateRoot: '22'.repeat(32),
        opsRoot: '33'.repeat(32),
        opsStart: 0n,
        opsEnd: 9n,
        receiptsRoot,
        committeeRoot: root,
      });
      headers.push(header);
      parent = headerHash(encodeHeader(header));
      parentSlot = header.slot;
    }
    const last = headers.at(-1)!;
    const certificate = certificateOf(last, members, draft.absent);
    const ofPrevious = (receipt: Receipt) => receipt.kind === 'fees' || receipt.kind === 'bonus';
    rounds.push({
      members,
      next: committees[round + 1]!,
      last,
      certificate,
      drawn: draft.drawn,
      evidence: concat(
        utf8('etm/evidence/v1'),
        encodeCommittee(BigInt(round), members),
        encodeCommittee(BigInt(round + 2), draft.drawn),
        certificate,
        before === null
          ? Uint8Array.of(0)
          : concat(Uint8Array.of(1), encodeHeader(before.header), choose(before.receipts, ofPrevious)),
        bigEndian(headers.length, 4),
        ...headers.map(encodeHeader),
        choose(draft.receipts, () => true),
        encodeCandidates(draft.candidates),
      ),
    });
    before = { header: last, receipts: draft.receipts };
    for (const receipt of draft.receipts) {
      if (receipt.kind === 'bonus') carry = receipt.carry;
      if (receipt.kind === 'fees') feesLeft = receipt.remainder;
    }
  }
  return rounds;
}

/** What an honest round ends with. */
function endOf(
  draft: Draft,
  members: readonly TestMiner[],
  beacon: Bytes,
  carry: bigint,
  feesLeft: bigint,
  first: number,
  last: number,
  blocks: number,
): void {
  const { round } = draft;
  const total = carry + bonusTotal(BigInt(last)) - bonusTotal(BigInt(first - 1));
  const { ordinary, luckyExtra, remainder } = pools(total, COMMITTEE);
  const place = lucky(BigInt(round), beacon, COMMITTEE).index;
  const fees = feesLeft + 10n;
  const perBlock = fees / BigInt(blocks);
  draft.drawn = drawFrom(round + 2, beacon, draft.candidates);
  const drawReceipt: ReceiptOf<'draw'> = {
    kind: 'draw',
    round: BigInt(round + 2),
    candidates: draft.candidates.length,
    candidatesHash: candidatesHash(draft.candidates),
    total: draft.candidates.reduce((sum, { weight }) => sum + weight, 0n),
    members: draft.drawn.map((member) => member.miner),
    kept: false,
  };
  draft.receipts = [
    { kind: 'fees', total: fees, perBlock, remainder: fees - perBlock * BigInt(blocks) },
    { kind: 'bonus', total, ordinary, luckyExtra, carry: remainder },
    { kind: 'lucky', miner: members[place]!.miner, extra: luckyExtra },
    ...members.map((member, index): Receipt => ({
      kind: 'pool',
      miner: member.miner,
      pool: ordinary + (index === place ? luckyExtra : 0n),
      votes: member.votes,
    })),
    { kind: 'average', average: 1n << 32n },
    drawReceipt,
  ];
}

export function candidatesHash(list: readonly Candidate[]): string {
  return toHex(sha256(concat(utf8('etm/candidates/v1'), encodeCandidates(list))));
}

/** The steps over the ends of these rounds, which begin with round `first`. */
export function encodeBoundaries(rounds: readonly TestRound[], first = 0): Bytes {
  const list: Bytes[] = [];
  const known = new Map<string, number>();
  const places = (members: readonly Member[]): Bytes =>
    concat(
      Uint8Array.of(members.length),
      ...members.map((member) => {
        const encoded = encodeCommittee(0n, [member]).subarray(12);
        const name = toHex(encoded);
        if (!known.has(name)) {
          known.set(name, list.length);
          list.push(encoded);
        }
        return bigEndian(known.get(name)!, 2);
      }),
    );
  const start = [places(rounds[0]!.members), places(rounds[0]!.next)];
  const steps = rounds.map(({ members, last, certificate, drawn }) =>
    concat(
      bigEndian(last.slot, 8),
      bigEndian(last.parentSlot, 8),
      fromHexOf(last.parent, 32),
      bigEndian(last.timestampMs, 8),
      Uint8Array.of(members.findIndex((member) => member.miner === last.producer)),
      last.vrf,
      last.beacon,
      fromHexOf(last.transactionsRoot, 32),
      fromHexOf(last.stateRoot, 32),
      fromHexOf(last.opsRoot, 32),
      bigEndian(last.opsStart, 8),
      bigEndian(last.opsEnd, 8),
      fromHexOf(last.receiptsRoot, 32),
      certificate,
      places(drawn),
    ),
  );
  return concat(
    utf8('etm/boundaries/v1'),
    bigEndian(first, 8),
    bigEndian(list.length, 4),
    ...list,
    ...start,
    bigEndian(steps.length, 4),
    ...steps,
  );
}

function startCandidates(): Candidate[] {
  return miners.map(({ miner, votes: cast }) => ({
    miner,
    votes: cast,
    produced: 0n,
    slots: 0n,
    weight: cast,
  }));
}
