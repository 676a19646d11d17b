/** Checks a finished round from its evidence, step by step, with nothing taken from the node on trust (docs/verify.md section 6). */

import { equal, fromHexOf, toHex } from '../bytes';
import type { Member } from '../codec/block';
import { beaconClaim, firstFalse } from '../crypto/bls';
import { nextBeacon, turn } from '../mechanism/chance';
import { claimOf } from './certificate';
import {
  checkCandidates,
  checkDraw,
  checkFees,
  checkLucky,
  checkPools,
  endOf,
  type Left,
  leftBy,
} from './end';
import { decodeEvidence, type Rooted, type Sealed } from './evidence';
import { fault, type FaultKind } from './faults';
import { type Found, found } from './found';
import type { Known, Rules } from './genesis';
import type { CheckedRound, MinerName, ReadMember } from './reading';
import { receiptsRoot } from './receipts';
import { expectSame, expectThat, figure, type Failure, inSteps, type Step, type Take } from './steps';
import type { StepKey } from './step-keys';

/** The most slots a chain lets be missed before a block. */
const MISSED_MAX = 2n ** 20n;

/** The most missed slots of a round of which is told who missed them: each takes a hash. On mainnet that is a week without a block. */
const TOLD_MAX = 2 ** 17;

export type Outcome =
  | {
      readonly holds: true;
      readonly steps: readonly Step[];
      readonly reading: CheckedRound;
      /** What the round proves: the next one begins from there. */
      readonly known: Known;
    }
  | { readonly holds: false; readonly steps: readonly Step[]; readonly failed: Failure };

/**
 * Checks the evidence of round `known.round`. The first step that fails ends the check. `report` hears each step as it is
 * done; nothing is thrown.
 */
export function checkRound(
  rules: Rules,
  known: Known,
  encoded: Uint8Array,
  report: (step: Step) => void = () => undefined,
): Outcome {
  const outcome = inSteps<StepKey, { reading: CheckedRound; root: string }>(report, (take) =>
    inOrder(rules, known, encoded, take),
  );
  if (!outcome.holds) return outcome;
  const { reading, root } = outcome.found;
  const next = { round: known.round + 1, roots: [known.roots[1], root] } as const;
  return { holds: true, steps: outcome.steps, reading, known: next };
}

function inOrder(
  rules: Rules,
  known: Known,
  encoded: Uint8Array,
  run: Take<StepKey>,
): { reading: CheckedRound; root: string } {
  const evidence = run('evidence', () => {
    const decoded = decodeEvidence(encoded);
    return [decoded, found('evidence', encoded.length)];
  });
  const { committee, drawn, headers, previous } = evidence;
  const { members } = committee;

  run('committee', () => {
    expectSame(fault('round'), committee.round, BigInt(known.round));
    expectSame(fault('committeeRoot'), committee.root, known.roots[0]);
    return [null, found('committee', members.length)];
  });

  const last = run('headers', () => [
    checkHeaders(rules, committee.round, headers, previous?.header ?? null),
    found('headers', headers.length),
  ]);
  const seed = previous?.header.beacon ?? fromHexOf(rules.beacon, 32);

  const signers = run('certificate', () => {
    const { signers: signed, claim } = claimOf(rules.chain, members, last, last.hash, evidence.certificate);
    expectThat(firstFalse([claim]) < 0, 'signature');
    return [signed, found('certificate', signed.length, members.length)];
  });

  const end = run('receipts', () => {
    const receipts = endOf(evidence.receipts, members);
    expectSame(fault('receiptsRoot'), receiptsRoot(evidence.receipts), last.receiptsRoot);
    return [receipts, found('receipts', evidence.receipts.count)];
  });

  const left = run('carry', (): [Left, Found] => {
    if (previous === null) return [{ carry: 0n, fees: 0n }, found('carry', 0n)];
    const before = leftBy(previous.receipts);
    expectSame(fault('receiptsRootBefore'), receiptsRoot(previous.receipts), previous.header.receiptsRoot);
    return [before, found('carry', before.carry)];
  });

  run('drawn', () => {
    expectSame(fault('round'), drawn.round, committee.round + 2n);
    expectSame(fault('drawnRoot'), drawn.root, last.committeeRoot);
    return [null, found('drawn', drawn.members.length)];
  });

  run('candidates', () => {
    checkCandidates(evidence.candidates, end);
    return [null, found('candidates', evidence.candidates.list.length)];
  });

  const counts = run('slots', () => {
    const counted = checkSlots(committee, seed, headers);
    const kind = counted.missed === null ? 'slotsMany' : 'slots';
    return [counted, found(kind, headers.length, counted.missedInAll)];
  });

  run('beacons', () => {
    checkBeacons(rules, members, seed, headers);
    return [null, found('beacons', toHex(last.beacon))];
  });

  const lucky = run('lucky', () => {
    const drawnMember = checkLucky(committee, last, end);
    return [drawnMember, found('lucky', drawnMember.index + 1, drawnMember.member.name)];
  });

  const issued = run('pools', () => [
    checkPools(end, left, headers, lucky.index),
    found('pools', end.pools.length, end.bonus.ordinary, end.bonus.luckyExtra),
  ]);

  run('fees', () => [null, found('fees', checkFees(end, left, headers.length))]);

  const picks = run('draw', () => {
    const drawnNow = checkDraw(rules, known.roots[1], evidence.candidates, drawn, last, end);
    const from = evidence.candidates.list.length;
    return [drawnNow, end.draw.kept ? found('kept', from) : found('draw', drawnNow.length, from)];
  });

  const names = new Map([...members, ...drawn.members].map((member) => [member.miner, member.name]));
  const named = (id: number): MinerName => ({ id, name: names.get(id) ?? '' });
  const text = (value: bigint) => value.toString();
  const { bonus, fees } = end;
  const reading: CheckedRound = {
    chain: rules.chain,
    round: known.round,
    first_height: Number(headers[0]?.height ?? 0n),
    last_height: Number(last.height),
    seed: toHex(seed),
    beacon: toHex(last.beacon),
    days: daysBetween(rules, previous?.header.timestampMs ?? rules.timestampMs, last.timestampMs),
    committee: members.map(readable),
    blocks: headers.map((header) => ({
      height: Number(header.height),
      hash: header.hash,
      slot: Number(header.slot),
      timestamp_ms: Number(header.timestampMs),
      miner: named(header.producer),
    })),
    signers: signers.map((member) => named(member.miner)),
    distribution: {
      carry_in: text(left.carry),
      issued: text(issued),
      total: text(bonus.total),
      ordinary_pool: text(bonus.ordinary),
      lucky_extra: text(bonus.luckyExtra),
      carry_out: text(bonus.carry),
      credited: text(bonus.total - bonus.carry),
      fees: text(fees.total),
      fee_per_block: text(fees.perBlock),
      fees_remainder: text(fees.remainder),
    },
    lucky: { hash: lucky.hash, index: lucky.index, miner: named(lucky.member.miner) },
    pools: end.pools.map(({ miner, pool, votes }) => {
      const produced = counts.produced.get(miner) ?? 0;
      const missed = counts.missed === null ? null : (counts.missed.get(miner) ?? 0);
      return {
        miner: named(miner),
        pool: text(pool),
        votes: text(votes),
        produced,
        missed,
        fees: text(fees.perBlock * BigInt(produced)),
      };
    }),
    draw: {
      round: Number(drawn.round),
      v_avg: text(end.average.average),
      candidates: evidence.candidates.list.map(({ miner, votes, produced, slots, weight }) => ({
        miner,
        votes: text(votes),
        produced: Number(produced),
        slots: Number(slots),
        weight: text(weight),
      })),
      candidates_hash: end.draw.candidatesHash,
      total_weight: text(end.draw.total),
      kept: end.draw.kept,
      picks: picks.map(({ id, hash, total, point }, index) => ({
        index,
        hash: toHex(hash),
        total: text(total),
        point: text(point),
        miner: named(id),
      })),
      members: drawn.members.map(readable),
    },
  };
  return { reading, root: drawn.root };
}

function readable({ miner, name, node, bls, dial }: Member): ReadMember {
  return { miner: { id: miner, name }, node_key: node, bls_key: toHex(bls), dial_address: dial };
}

/** The last header, after all of them were found to be one chain. */
function checkHeaders(
  rules: Rules,
  round: bigint,
  headers: readonly Sealed[],
  previous: Sealed | null,
): Sealed {
  const size = BigInt(rules.blocksPerRound);
  expectThat((previous !== null) === round > 0n, 'previousThere');
  if (previous !== null) {
    expectSame(fault('chainBefore'), previous.chain, rules.chain);
    expectSame(fault('roundBefore'), previous.round, round - 1n);
    expectSame(fault('heightBefore'), previous.height, round * size - 1n);
  }
  const first = round === 0n ? 1n : round * size;
  expectSame(fault('headers'), headers.length, rules.blocksPerRound - (round === 0n ? 1 : 0));
  let before = previous;
  let slot = 0n;
  let height = first;
  for (const header of headers) {
    const inBlock = (what: FaultKind) => fault('inBlock', height, fault(what));
    expectSame(inBlock('chain'), header.chain, rules.chain);
    expectSame(inBlock('round'), header.round, round);
    expectSame(inBlock('height'), header.height, height);
    if (before !== null) expectSame(inBlock('parent'), header.parent, before.hash);
    expectSame(inBlock('parentSlot'), header.parentSlot, slot);
    expectThat(header.slot > slot, 'inBlock', height, fault('slotOrder'));
    const time = before?.timestampMs ?? rules.timestampMs;
    expectThat(header.timestampMs > time, 'inBlock', height, fault('timeOrder'));
    before = header;
    slot = header.slot;
    height += 1n;
  }
  expectThat(before !== null, 'noHeaders');
  return before;
}

type Counts = Map<number, number>;

interface Turns {
  readonly produced: Counts;
  readonly missedInAll: number;
  /** By whom; null where there are too many. */
  readonly missed: Counts | null;
}

function count(counts: Counts, { miner }: Member): void {
  counts.set(miner, (counts.get(miner) ?? 0) + 1);
}

/** Blocks and misses of each member, by miner. */
function checkSlots({ round, members }: Rooted, seed: Uint8Array, headers: readonly Sealed[]): Turns {
  const onTurn = (slot: bigint): Member => {
    const member = members[turn(round, seed, slot, members.length)];
    expectThat(member !== undefined, 'slotNobody', slot);
    return member;
  };
  const produced: Counts = new Map();
  for (const header of headers) {
    expectThat(
      header.slot - header.parentSlot <= MISSED_MAX + 1n,
      'inBlock',
      header.height,
      fault('missedMany'),
    );
    for (const [what, value] of [
      ['height', header.height],
      ['slot', header.slot],
      ['time', header.timestampMs],
    ] as const) {
      figure(fault('inBlock', header.height, fault(what)), value);
    }
    const member = onTurn(header.slot);
    expectSame(fault('inBlock', header.height, fault('producer')), header.producer, member.miner);
    expectSame(fault('inBlock', header.height, fault('leader')), header.leader, member.node);
    count(produced, member);
  }
  const missedInAll = Number(headers.at(-1)?.slot ?? 0n) - headers.length;
  if (missedInAll > TOLD_MAX) return { produced, missedInAll, missed: null };
  const told: Counts = new Map();
  for (const header of headers) {
    for (let slot = header.parentSlot + 1n; slot < header.slot; slot += 1n) count(told, onTurn(slot));
  }
  return { produced, missedInAll, missed: told };
}

function checkBeacons(
  rules: Rules,
  members: readonly Member[],
  seed: Uint8Array,
  headers: readonly Sealed[],
): void {
  const keys = new Map(members.map((member) => [member.miner, member.bls]));
  let parent = seed;
  const claims = headers.map((header) => {
    const key = keys.get(header.producer) ?? new Uint8Array(96);
    const claim = beaconClaim(rules.chain, key, parent, header.height, header.vrf);
    expectThat(
      equal(header.beacon, nextBeacon(parent, header.vrf)),
      'inBlock',
      header.height,
      fault('beaconNext'),
    );
    parent = header.beacon;
    return claim;
  });
  const bad = headers[firstFalse(claims)];
  expectThat(bad === undefined, 'inBlock', bad?.height ?? 0n, fault('producerSignature'));
}

function daysBetween(rules: Rules, before: bigint, after: bigint): number {
  const start = rules.timestampMs / 1000n;
  const day = (timestamp: bigint) => (timestamp / 1000n - start) / rules.daySeconds;
  return Number(day(after) - day(before));
}
