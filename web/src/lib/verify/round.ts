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
import type { Known, Rules } from './genesis';
import type { CheckedRound, MinerName, ReadMember } from './reading';
import { receiptsRoot } from './receipts';
import { expectSame, expectThat, figure, inSteps, type Step, type StepKey, type Take } from './steps';

/** Slots that can be missed before a block: more than the chain accepts would only keep a checker busy. */
const MISSED_MAX = 2n ** 20n;

export type Outcome =
  | {
      readonly holds: true;
      readonly steps: readonly Step[];
      readonly reading: CheckedRound;
      /** What the round proves: the next one begins from there. */
      readonly known: Known;
    }
  | { readonly holds: false; readonly steps: readonly Step[]; readonly failed: Step };

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
    return [decoded, `${encoded.length} bytes`];
  });
  const { committee, drawn, headers, previous } = evidence;
  const { members } = committee;

  run('committee', () => {
    expectSame('round', committee.round, BigInt(known.round));
    expectSame('root of the committee', committee.root, known.roots[0]);
    return [null, `${members.length} members`];
  });

  const last = run('headers', () => [
    checkHeaders(rules, committee.round, headers, previous?.header ?? null),
    `${headers.length} blocks`,
  ]);
  const seed = previous?.header.beacon ?? fromHexOf(rules.beacon, 32);

  const signers = run('certificate', () => {
    const { signers: signed, claim } = claimOf(rules.chain, members, last, last.hash, evidence.certificate);
    expectThat(firstFalse([claim]) < 0, 'the signature does not hold');
    return [signed, `${signed.length} of ${members.length} members signed`];
  });

  const end = run('receipts', () => {
    const found = endOf(evidence.receipts, members);
    expectSame('root of the receipts', receiptsRoot(evidence.receipts), last.receiptsRoot);
    return [found, `${evidence.receipts.count} receipts`];
  });

  const left = run('carry', (): [Left, string] => {
    if (previous === null) return [{ carry: 0n, fees: 0n }, 'nothing'];
    const found = leftBy(previous.receipts);
    expectSame(
      'root of the receipts of the round before',
      receiptsRoot(previous.receipts),
      previous.header.receiptsRoot,
    );
    return [found, `${found.carry.toString()} units`];
  });

  run('drawn', () => {
    expectSame('round', drawn.round, committee.round + 2n);
    expectSame('root of the committee drawn', drawn.root, last.committeeRoot);
    return [null, `${drawn.members.length} members`];
  });

  run('candidates', () => [null, checkCandidates(evidence.candidates, end)]);

  const counts = run('slots', () => {
    const found = checkSlots(committee, seed, headers);
    const missed = [...found.values()].reduce((sum, { missed: more }) => sum + more, 0);
    return [found, `${headers.length} slots taken, ${missed} missed`];
  });

  run('beacons', () => {
    checkBeacons(rules, members, seed, headers);
    return [null, toHex(last.beacon)];
  });

  const lucky = run('lucky', () => {
    const found = checkLucky(committee, last, end);
    return [found, `place ${found.index}: ${found.member.name}`];
  });

  const issued = run('pools', () => [
    checkPools(end, left, headers, lucky.index),
    `${end.pools.length} pools of ${end.bonus.ordinary.toString()} units, ${end.bonus.luckyExtra.toString()} on top`,
  ]);

  run('fees', () => [null, checkFees(end, left, headers.length)]);

  const picks = run('draw', () => {
    const found = checkDraw(rules, known.roots[1], evidence.candidates, drawn, last, end);
    const from = `${evidence.candidates.list.length} candidates`;
    return [
      found,
      end.draw.kept ? `too few of ${from}: the committee serves again` : `${found.length} of ${from}`,
    ];
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
      const { produced, missed } = counts.get(miner) ?? { produced: 0, missed: 0 };
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
  expectThat(
    (previous !== null) === round > 0n,
    'the header before the round is there exactly if the round is not 0',
  );
  if (previous !== null) {
    expectSame('chain of the header before the round', previous.chain, rules.chain);
    expectSame('round of the header before the round', previous.round, round - 1n);
    expectSame('height of the header before the round', previous.height, round * size - 1n);
  }
  const first = round === 0n ? 1n : round * size;
  expectSame('number of headers', headers.length, rules.blocksPerRound - (round === 0n ? 1 : 0));
  let before = previous;
  let slot = 0n;
  let height = first;
  for (const header of headers) {
    const name = `block ${height.toString()}`;
    expectSame(`${name}: chain`, header.chain, rules.chain);
    expectSame(`${name}: round`, header.round, round);
    expectSame(`${name}: height`, header.height, height);
    if (before !== null) expectSame(`${name}: parent`, header.parent, before.hash);
    expectSame(`${name}: slot of the parent`, header.parentSlot, slot);
    expectThat(header.slot > slot, `${name}: its slot does not follow that of its parent`);
    const time = before?.timestampMs ?? rules.timestampMs;
    expectThat(header.timestampMs > time, `${name}: its time does not follow that of its parent`);
    figure(`${name}: slot`, header.slot);
    figure(`${name}: time`, header.timestampMs);
    before = header;
    slot = header.slot;
    height += 1n;
  }
  expectThat(before !== null, 'there are no headers');
  figure('height', height);
  return before;
}

interface Counts {
  produced: number;
  missed: number;
}

/** Blocks and misses of each member, by miner. */
function checkSlots(
  { round, members }: Rooted,
  seed: Uint8Array,
  headers: readonly Sealed[],
): ReadonlyMap<number, Counts> {
  const counts = new Map(
    members.map((member): [number, Counts] => [member.miner, { produced: 0, missed: 0 }]),
  );
  let before = 0n;
  for (const header of headers) {
    const name = `block ${header.height.toString()}`;
    expectThat(
      header.slot - before <= MISSED_MAX + 1n,
      `${name}: more slots were missed than a chain accepts`,
    );
    for (let slot = before + 1n; slot <= header.slot; slot += 1n) {
      const member = members[turn(round, seed, slot, members.length)];
      const count = member === undefined ? undefined : counts.get(member.miner);
      expectThat(member !== undefined && count !== undefined, `slot ${slot.toString()} is nobody's`);
      if (slot < header.slot) {
        count.missed += 1;
        continue;
      }
      count.produced += 1;
      expectSame(`${name}: producer`, header.producer, member.miner);
      expectSame(`${name}: node key of the producer`, header.leader, member.node);
    }
    before = header.slot;
  }
  return counts;
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
    const name = `block ${header.height.toString()}`;
    expectThat(equal(header.beacon, nextBeacon(parent, header.vrf)), `${name}: the beacon does not follow`);
    parent = header.beacon;
    return claim;
  });
  const bad = headers[firstFalse(claims)];
  expectThat(
    bad === undefined,
    `block ${(bad?.height ?? 0n).toString()}: the signature is not that of its producer`,
  );
}

function daysBetween(rules: Rules, before: bigint, after: bigint): number {
  const start = rules.timestampMs / 1000n;
  const day = (timestamp: bigint) => (timestamp / 1000n - start) / rules.daySeconds;
  return Number(day(after) - day(before));
}
