import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../test/vectors';
import { fromHex, toHex } from '../bytes';
import { draw, lucky, nextBeacon, turn } from './chance';
import { coefficient, electionWeight } from './performance';
import { bonus, bonusTotal, pools, reward, rewardTotal } from './schedule';
import { baseWeight, gainWeight, grown, halved, mixed, votes, VOTE_SCALE } from './votes';

interface Scenario {
  scenario: {
    params?: { committee?: number; blocks_per_round?: number; min_committee?: number };
    genesis: { beacon: string };
    rounds: { beacon: string }[];
  };
  states: {
    genesis: { committees: Record<string, number[]> };
    rounds: {
      round: number;
      lucky: number;
      v_avg: string;
      bonus_issued: string;
      miners: { id: number; S: string; m: number; n: number; v: string; R: string }[];
      positions: { locked: string; t: number; miner: number | null }[];
      committee: { round: number; members: number[] };
    }[];
  };
}

const folder = resolve(import.meta.dirname, '../../../../vectors/mechanism');
const names = readdirSync(folder).filter((name) => name !== 'schedule.json');

describe.each(names)('%s', (name) => {
  const { scenario, states } = vectors(`mechanism/${name}`) as Scenario;
  const committees = new Map<number, readonly number[]>(
    Object.entries(states.genesis.committees).map(([round, members]) => [Number(round), members]),
  );
  for (const state of states.rounds) committees.set(state.committee.round, state.committee.members);

  it('has the votes, coefficients and weights of every round', () => {
    for (const state of states.rounds) {
      const sums = new Map<number, bigint>();
      for (const position of state.positions) {
        if (position.miner === null) continue;
        const sum = sums.get(position.miner) ?? 0n;
        sums.set(position.miner, sum + votes(BigInt(position.locked), position.t));
      }
      for (const miner of state.miners) {
        const counters = { produced: BigInt(miner.m), slots: BigInt(miner.n) };
        expect(sums.get(miner.id) ?? 0n).toBe(BigInt(miner.S));
        expect(coefficient(counters, BigInt(state.v_avg))).toBe(BigInt(miner.v));
        expect(electionWeight(BigInt(miner.S), counters, BigInt(state.v_avg))).toBe(BigInt(miner.R));
      }
    }
  });

  it('draws the same committees and lucky members', () => {
    const seats = scenario.params?.committee ?? 101;
    const fewest = scenario.params?.min_committee ?? 4;
    expect(states.rounds.length).toBeGreaterThan(0);
    for (const [index, state] of states.rounds.entries()) {
      const beacon = fromHex(scenario.rounds[index]!.beacon);
      const candidates = state.miners
        .map((miner) => ({ id: miner.id, weight: BigInt(miner.R) }))
        .filter((candidate) => candidate.weight > 0n);
      const expected = state.committee.members;
      if (candidates.length < fewest) {
        expect(expected).toEqual(committees.get(state.round + 1));
      } else {
        const size = Math.min(seats, candidates.length);
        const picks = draw(BigInt(state.round + 2), beacon, candidates, size);
        expect(picks.map((pick) => pick.id)).toEqual(expected);
      }
      const members = committees.get(state.round)!;
      expect(members[lucky(BigInt(state.round), beacon, members.length).index]).toBe(state.lucky);
    }
  });

  it('issues the bonus of the schedule', () => {
    const length = BigInt(scenario.params?.blocks_per_round ?? 101);
    for (const state of states.rounds) {
      expect(bonusTotal((BigInt(state.round) + 1n) * length - 1n)).toBe(BigInt(state.bonus_issued));
    }
  });
});

describe('the schedule', () => {
  it('is that of the golden rows', () => {
    const rows = vectors('mechanism/schedule.json') as {
      height: number;
      reward: string;
      bonus: string;
      reward_total: string;
      bonus_total: string;
    }[];
    for (const row of rows) {
      const height = BigInt(row.height);
      expect(reward(height)).toBe(BigInt(row.reward));
      expect(bonus(height)).toBe(BigInt(row.bonus));
      expect(rewardTotal(height)).toBe(BigInt(row.reward_total));
      expect(bonusTotal(height)).toBe(BigInt(row.bonus_total));
    }
  });

  it('ends at 240 and 25 million ETM', () => {
    expect(rewardTotal(10n ** 12n)).toBe(240_000_000n * 10n ** 8n);
    expect(bonusTotal(10n ** 12n)).toBe(25_000_000n * 10n ** 8n);
  });

  it('loses nothing in a split', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 17n), fc.integer({ min: 1, max: 101 }), (total, members) => {
        const { ordinary, luckyExtra, remainder } = pools(total, members);
        expect(ordinary * BigInt(members) + luckyExtra + remainder).toBe(total);
      }),
    );
  });
});

describe('votes', () => {
  it('has the values of the specification', () => {
    expect(baseWeight(100_000_000n)).toBe(1_000_000n);
    expect(gainWeight(1)).toBe(1n << 32n);
    expect(gainWeight(32)).toBe(57_785_961_645n);
    expect(votes(100_000_000n, 1)).toBe(VOTE_SCALE);
    expect(votes(10_000n * 10n ** 8n, 1)).toBe(1000n * VOTE_SCALE);
    expect((votes(100_000_000n, 32) * 100n) / VOTE_SCALE).toBe(1345n);
    expect(() => gainWeight(33)).toThrow(RangeError);
  });

  it('takes exact roots', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (locked) => {
        const weight = baseWeight(locked);
        expect(weight ** 4n <= locked ** 3n && (weight + 1n) ** 4n > locked ** 3n).toBe(true);
      }),
    );
  });

  it('halves, grows and mixes', () => {
    expect([halved(32, 1), halved(3, 1), halved(1, 1), halved(32, 101)]).toEqual([16, 1, 1, 1]);
    expect([grown(31, 3), grown(1, 1)]).toEqual([32, 2]);
    expect(mixed(32, 100n, 1n)).toBe(31);
    expect(mixed(1, 0n, 5n)).toBe(1);
  });
});

describe('beacons and slots', () => {
  it('depend on every input', () => {
    const seed = new Uint8Array(32);
    const one = toHex(nextBeacon(seed, new Uint8Array(48)));
    expect(one).not.toBe(toHex(nextBeacon(seed, Uint8Array.of(1, ...new Uint8Array(47)))));
    const turns = Array.from({ length: 64 }, (_, slot) => turn(7n, seed, BigInt(slot + 1), 5));
    expect(new Set(turns).size).toBe(5);
  });
});
