/** Checks a finished round from its receipt, step by step, with nothing taken from the node on trust. */

import type { BoundaryCertificate, RoundReceipt, Schema } from '../../api/types';
import { readInteger } from '../amount';
import { bigEndian, equal, fromHex, fromHexOf, toHex } from '../bytes';
import {
  committeeRoot,
  decodeCommittee,
  decodeHeader,
  headerHash,
  type Header,
  type Member,
} from '../codec/block';
import { quorum, verifyVrf } from '../crypto/bls';
import { draw, lucky, nextBeacon, turn } from '../mechanism/chance';
import { electionWeight } from '../mechanism/performance';
import { bonusTotal, pools } from '../mechanism/schedule';
import { checkCertificate, type TrustedCommittee } from './chain';
import type { Genesis } from './genesis';
import { expectSame, expectThat, type Step, type StepKey } from './steps';

export interface RoundEvidence {
  readonly receipt: RoundReceipt;
  /** The boundary of this round: carries the committee announced. */
  readonly boundary: BoundaryCertificate | null;
  /** The boundary of the round before: its header holds the seed. */
  readonly previous: BoundaryCertificate | null;
  readonly genesis: Genesis | null;
  /** The chain id this browser trusts. */
  readonly chain: string;
  /** The committee of the round, if a walk from a trusted one led to it. */
  readonly trusted: TrustedCommittee | null;
}

type Report = (step: Step) => void;

/** Runs one step and reports it; anything thrown makes it red. */
function run(key: StepKey, report: Report, check: () => string | null): boolean {
  try {
    const detail = check();
    if (detail === null) return false;
    report({ key, state: 'ok', detail });
    return true;
  } catch (error) {
    report({ key, state: 'bad', detail: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

function skip(key: StepKey, report: Report, detail: string): null {
  report({ key, state: 'skipped', detail });
  return null;
}

function toMember(member: Schema<'CommitteeMember'>): Member {
  return {
    miner: member.miner.id,
    node: member.node_key,
    bls: fromHexOf(member.bls_key, 96),
    dial: member.dial_address,
    name: member.miner.name,
  };
}

/** Checks the round and reports each step as it is done; gives the trusted committee announced, if all is well. */
export function verifyRound(evidence: RoundEvidence, report: Report): TrustedCommittee | null {
  const { receipt, genesis } = evidence;
  const round = BigInt(receipt.round);
  const members = evidence.trusted?.members ?? receipt.committee.map(toMember);
  let headers: readonly Header[] = [];
  let seed = new Uint8Array(32);

  run('committee', report, () => {
    expectSame('chain id', receipt.chain, evidence.chain);
    if (genesis !== null) {
      expectSame('committee size', receipt.committee_size, genesis.committeeSize);
      expectSame('blocks a round', receipt.blocks_per_round, genesis.blocksPerRound);
      expectSame('fewest candidates', receipt.min_committee, genesis.minCommittee);
    }
    const claimed = receipt.committee.map(toMember);
    expectSame('number of members', claimed.length, members.length);
    claimed.forEach((member, index) => {
      const known = members[index];
      expectSame(`miner at place ${index}`, member.miner, known?.miner ?? -1);
      expectSame(`node key at place ${index}`, member.node, known?.node ?? '');
      expectSame(`BLS key at place ${index}`, toHex(member.bls), toHex(known?.bls ?? new Uint8Array()));
      expectSame(`name at place ${index}`, member.name, known?.name ?? '');
    });
    return evidence.trusted === null
      ? skip('committee', report, `${members.length} members, as the receipt says`)
      : `${members.length} members`;
  });

  const chained = run('headers', report, () => {
    const length = BigInt(receipt.blocks_per_round);
    const first = round === 0n ? 1n : round * length;
    const count = (round + 1n) * length - first;
    expectSame('number of headers', BigInt(receipt.headers.length), count);
    let parent = receipt.parent;
    let time = 0n;
    headers = receipt.headers.map((encoded, index) => {
      const bytes = fromHex(encoded);
      const header = decodeHeader(bytes);
      const name = `header ${index}`;
      expectSame(`${name}: chain id`, header.chain, evidence.chain);
      expectSame(`${name}: height`, header.height, first + BigInt(index));
      expectSame(`${name}: round`, header.round, round);
      expectSame(`${name}: parent`, header.parent, parent);
      expectThat(header.timestampMs > time, `${name}: its timestamp is not above that of its parent`);
      parent = headerHash(bytes);
      time = header.timestampMs;
      return header;
    });
    expectSame('hash of the last block', receipt.certificate.hash, parent);
    expectSame('header under the certificate', receipt.certificate.header, receipt.headers.at(-1) ?? '');
    seed = seedOf(evidence);
    expectSame('seed', receipt.seed, toHex(seed));
    return `${headers.length} blocks, heights ${first.toString()} to ${(first + count - 1n).toString()}`;
  });

  run('certificate', report, () => {
    const committee = { round: receipt.round, members };
    const header = fromHex(receipt.certificate.header);
    const signers = checkCertificate(
      evidence.chain,
      committee,
      header,
      fromHex(receipt.certificate.finalization),
    );
    return `${signers} of ${members.length} signed, ${quorum(members.length)} needed`;
  });

  if (!chained) {
    for (const key of ['slots', 'vrf', 'beacon', 'bonus', 'lucky', 'draw', 'announced'] as const) {
      skip(key, report, 'the headers do not hold');
    }
    checkWeights(receipt, report);
    return null;
  }
  const last = headers.at(-1);
  if (last === undefined) return null;

  const missed = new Map<number, number>();
  const produced = new Map<number, number>();
  run('slots', report, () => {
    let before = 0n;
    for (const header of headers) {
      const name = `block ${header.height.toString()}`;
      expectSame(`${name}: slot of the parent`, header.parentSlot, before);
      expectThat(header.slot > before, `${name}: its slot does not follow that of its parent`);
      expectThat(header.slot - before < 100_000n, `${name}: too many missed slots to be true`);
      for (let slot = before + 1n; slot <= header.slot; slot += 1n) {
        const member = members[turn(round, seed, slot, members.length)];
        if (member === undefined) continue;
        const counts = slot === header.slot ? produced : missed;
        counts.set(member.miner, (counts.get(member.miner) ?? 0) + 1);
        if (slot < header.slot) continue;
        expectSame(`${name}: producer`, header.producer, member.miner);
        expectSame(`${name}: node key of the producer`, header.leader, member.node);
      }
      before = header.slot;
    }
    for (const pool of receipt.pools) {
      expectSame(`blocks of ${pool.miner.name}`, pool.produced, produced.get(pool.miner.id) ?? 0);
      expectSame(`missed slots of ${pool.miner.name}`, pool.missed, missed.get(pool.miner.id) ?? 0);
    }
    const misses = [...missed.values()].reduce((sum, count) => sum + count, 0);
    return `${headers.length} slots taken, ${misses} missed`;
  });

  run('vrf', report, () => {
    let parent: Uint8Array = seed;
    for (const header of headers) {
      const key = members.find((member) => member.miner === header.producer)?.bls ?? new Uint8Array(96);
      const height = bigEndian(header.height, 8);
      expectThat(
        verifyVrf(evidence.chain, key, parent, height, header.vrf),
        `block ${header.height.toString()}: the signature is not that of its producer`,
      );
      parent = header.beacon;
    }
    return `${headers.length} signatures`;
  });

  run('beacon', report, () => {
    let parent: Uint8Array = seed;
    for (const header of headers) {
      const expected = nextBeacon(parent, header.vrf);
      expectSame(`beacon of block ${header.height.toString()}`, toHex(header.beacon), toHex(expected));
      parent = header.beacon;
    }
    return toHex(parent);
  });

  run('bonus', report, () => checkBonus(receipt, headers));

  run('lucky', report, () => {
    const found = lucky(round, last.beacon, members.length);
    expectSame('hash', receipt.lucky.hash, toHex(found.hash));
    expectSame('index', receipt.lucky.index, found.index);
    expectSame('lucky member', receipt.lucky.miner.id, members[found.index]?.miner ?? -1);
    return `place ${found.index}: ${members[found.index]?.name ?? ''}`;
  });

  checkWeights(receipt, report);
  run('draw', report, () => checkDraw(evidence, last));

  let announced: TrustedCommittee | null = null;
  run('announced', report, () => {
    const { boundary } = evidence;
    if (boundary === null) return skip('announced', report, 'the boundary certificate could not be had');
    expectSame('header of the boundary', boundary.certificate.header, receipt.headers.at(-1) ?? '');
    const encoded = fromHex(boundary.committee_encoded);
    expectSame('committee root', committeeRoot(encoded), last.committeeRoot);
    const committee = decodeCommittee(encoded);
    expectSame('round', committee.round, round + 2n);
    expectSame(
      'members',
      committee.members.map((member) => member.miner).join(' '),
      receipt.draw.members.map((member) => member.id).join(' '),
    );
    announced = { round: receipt.round + 2, members: committee.members };
    return committee.members.map((member) => member.name).join(', ');
  });
  return evidence.trusted === null ? null : announced;
}

/** The seed: the beacon of the block that the round's first header names as its parent. */
function seedOf(evidence: RoundEvidence): Uint8Array<ArrayBuffer> {
  const { receipt, previous, genesis } = evidence;
  if (receipt.round === 0) {
    return Uint8Array.from(genesis?.beacon ?? fromHexOf(receipt.seed, 32));
  }
  if (previous === null) return fromHexOf(receipt.seed, 32);
  const encoded = fromHex(previous.certificate.header);
  expectSame('hash of the block before the round', receipt.parent, headerHash(encoded));
  return decodeHeader(encoded).beacon;
}

function checkBonus(receipt: RoundReceipt, headers: readonly Header[]): string {
  const { distribution } = receipt;
  const first = headers[0]?.height ?? 0n;
  const last = headers.at(-1)?.height ?? 0n;
  const issued = bonusTotal(last) - bonusTotal(first - 1n);
  expectSame('bonus issued', readInteger(distribution.issued), issued);
  const total = readInteger(distribution.carry_in) + issued;
  expectSame('bonus shared', readInteger(distribution.total), total);
  const size = receipt.committee.length;
  const { ordinary, luckyExtra, remainder } = pools(total, size);
  expectSame('pool of every member', readInteger(distribution.ordinary_pool), ordinary);
  expectSame('on top for the lucky member', readInteger(distribution.lucky_extra), luckyExtra);
  expectSame('number of pools', receipt.pools.length, size);
  const fees = readInteger(distribution.fees);
  const perBlock = fees / BigInt(headers.length);
  expectSame('fee share of a block', readInteger(distribution.fee_per_block), perBlock);
  expectSame(
    'remainder of the fees',
    readInteger(distribution.fees_remainder),
    fees - perBlock * BigInt(headers.length),
  );
  let carry = remainder;
  receipt.pools.forEach((pool, index) => {
    const expected = ordinary + (index === receipt.lucky.index ? luckyExtra : 0n);
    expectSame(`member at place ${index}`, pool.miner.id, receipt.committee[index]?.miner.id ?? -1);
    expectSame(`pool of ${pool.miner.name}`, readInteger(pool.pool), expected);
    expectSame(`fees of ${pool.miner.name}`, readInteger(pool.fees), perBlock * BigInt(pool.produced));
    if (readInteger(pool.votes) === 0n) carry += expected;
  });
  expectSame('carried on', readInteger(distribution.carry_out), carry);
  return `${receipt.pools.length} pools of ${ordinary.toString()} units, ${luckyExtra.toString()} on top`;
}

function checkWeights(receipt: RoundReceipt, report: Report): void {
  run('weights', report, () => {
    const { draw: drawn } = receipt;
    const average = readInteger(drawn.v_avg);
    let before = -1;
    let total = 0n;
    for (const candidate of drawn.candidates) {
      expectThat(candidate.miner.id > before, 'the candidates are not in the order of their ids');
      before = candidate.miner.id;
      expectThat(candidate.produced <= candidate.slots, `${candidate.miner.name}: more blocks than slots`);
      const counters = { produced: BigInt(candidate.produced), slots: BigInt(candidate.slots) };
      const weight = electionWeight(readInteger(candidate.votes), counters, average);
      expectSame(`weight of ${candidate.miner.name}`, readInteger(candidate.weight), weight);
      expectThat(weight > 0n, `${candidate.miner.name} has no weight`);
      total += weight;
    }
    expectSame('sum of weights', readInteger(drawn.total_weight), total);
    return `${drawn.candidates.length} candidates`;
  });
}

function checkDraw(evidence: RoundEvidence, last: Header): string {
  const { receipt, previous } = evidence;
  const { draw: drawn } = receipt;
  const beacon = fromHexOf(drawn.beacon, 32);
  expectSame('drawn for round', drawn.round, receipt.round + 2);
  expectSame('drawn in round', drawn.drawn_in, receipt.round);
  expectThat(equal(beacon, last.beacon), 'the draw used another beacon than that of the last block');
  const candidates = drawn.candidates.map((candidate) => ({
    id: candidate.miner.id,
    weight: readInteger(candidate.weight),
  }));
  const members = drawn.members.map((member) => member.id).join(' ');
  if (candidates.length < receipt.min_committee) {
    expectThat(drawn.kept, 'there were too few candidates, so the former committee had to serve again');
    expectSame('members', members, drawn.previous.map((member) => member.id).join(' '));
    if (previous !== null) {
      const former = decodeCommittee(fromHex(previous.committee_encoded));
      expectSame('former committee', former.round, BigInt(receipt.round + 1));
      expectSame('members', members, former.members.map((member) => member.miner).join(' '));
    }
    return `too few candidates (${candidates.length}): the former committee serves again`;
  }
  expectThat(!drawn.kept, 'there were enough candidates for a draw');
  const size = Math.min(receipt.committee_size, candidates.length);
  expectSame('size', drawn.size, size);
  const picks = draw(BigInt(drawn.round), beacon, candidates, size);
  expectSame('number of picks', drawn.picks.length, picks.length);
  picks.forEach((pick, index) => {
    const claimed = drawn.picks[index];
    expectSame(`hash of pick ${index}`, claimed?.hash ?? '', toHex(pick.hash));
    expectSame(`sum at pick ${index}`, readInteger(claimed?.total ?? '0'), pick.total);
    expectSame(`point of pick ${index}`, readInteger(claimed?.point ?? '0'), pick.point);
    expectSame(`member of pick ${index}`, claimed?.miner.id ?? -1, pick.id);
  });
  expectSame('members', members, picks.map((pick) => pick.id).join(' '));
  return `${picks.length} members drawn from ${candidates.length} candidates`;
}
