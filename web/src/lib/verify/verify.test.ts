import { beforeAll, describe, expect, it } from 'vitest';
import {
  candidatesHash,
  chainId,
  type Draft,
  encodeBoundaries,
  genesis,
  makeRounds,
  type TestRound,
} from '../../test/chain';
import type { Header } from '../codec/block';
import { readGenesis } from './genesis';
import type { Candidate, Receipt, ReceiptOf } from './receipts';
import { checkRound, type Outcome } from './round';
import { ROUND_KEYS, type StepKey } from './step-keys';
import { walk } from './walk';

const founded = readGenesis(genesis, chainId);
const TIMEOUT = 120_000;

/** Checks a round, having walked to it. */
function check(rounds: readonly TestRound[], round: number): Outcome {
  const known =
    round === 0
      ? founded.known
      : walk(founded.rules, founded.known, encodeBoundaries(rounds.slice(0, round)));
  return checkRound(founded.rules, known, rounds[round]!.evidence);
}

describe('a genuine chain', () => {
  it(
    'holds in every step, and each round proves where the next begins',
    () => {
      const rounds = makeRounds(4);
      let { known } = founded;
      for (let round = 0; round < 4; round += 1) {
        const outcome = check(rounds, round);
        expect(outcome.steps.map(({ key, state }) => [key, state])).toEqual(
          ROUND_KEYS.map((key) => [key, 'ok']),
        );
        if (!outcome.holds) return;
        expect(outcome.reading.round).toBe(round);
        // What each step found can be said in any language; a place is the one that the page counts.
        expect(outcome.steps.filter((step) => step.state === 'bad' || step.found === undefined)).toEqual([]);
        const { index, miner } = outcome.reading.lucky;
        expect(outcome.steps.find(({ key }) => key === 'lucky')?.detail).toBe(
          `place ${index + 1}: ${miner.name}`,
        );
        expect(outcome.reading.distribution.fees).not.toBe('0');
        const next = checkRound(founded.rules, known, rounds[round]!.evidence);
        expect(next.holds && next.known).toEqual(outcome.known);
        known = outcome.known;
      }
      expect(known.round).toBe(4);
    },
    TIMEOUT,
  );
});

describe('a committee that signs what is false', () => {
  const receipt = <K extends Receipt['kind']>(
    draft: Draft,
    kind: K,
    change: (old: ReceiptOf<K>) => Receipt,
  ) => {
    draft.receipts = draft.receipts.map((old) => (old.kind === kind ? change(old as ReceiptOf<K>) : old));
  };
  /** Other candidates, with hash, number, sum and draw made to fit. */
  const candidates = (draft: Draft, change: (old: Candidate[]) => Candidate[]) => {
    draft.candidates = change(draft.candidates);
    receipt(draft, 'draw', (old) => ({
      ...old,
      candidates: draft.candidates.length,
      candidatesHash: candidatesHash(draft.candidates),
      total: draft.candidates.reduce((sum, { weight }) => sum + weight, 0n),
    }));
  };
  const header = (draft: Draft, only: boolean, change: (old: Header) => Header) => {
    draft.header = (old) => (only || old.height === 11n ? change(old) : old);
  };
  const cases: [string, StepKey, (draft: Draft) => void][] = [
    ['too few signers', 'certificate', (d) => (d.absent = [0, 1])],
    [
      'votes of a pool that are another miner’s',
      'receipts',
      (d) => d.receipts.splice(3, 2, d.receipts[4]!, d.receipts[3]!),
    ],
    ['a receipt that is there twice', 'receipts', (d) => d.receipts.splice(1, 0, d.receipts[1]!)],
    ['a pool left out', 'receipts', (d) => d.receipts.splice(5, 1)],
    [
      'votes times 1000',
      'candidates',
      (d) => candidates(d, (c) => c.map((one) => ({ ...one, votes: one.votes * 1000n }))),
    ],
    [
      'a phantom candidate without weight',
      'candidates',
      (d) => candidates(d, (c) => [...c, { miner: 99, votes: 0n, produced: 0n, slots: 0n, weight: 0n }]),
    ],
    [
      'a swapped pair, the sum kept',
      'candidates',
      (d) =>
        candidates(d, (c) => [
          { ...c[0]!, weight: c[1]!.weight },
          { ...c[1]!, weight: c[0]!.weight },
          ...c.slice(2),
        ]),
    ],
    ['a candidate that is there twice', 'candidates', (d) => candidates(d, (c) => [c[0]!, ...c])],
    [
      'more blocks than slots',
      'candidates',
      (d) => candidates(d, (c) => c.map((one) => ({ ...one, produced: 1n }))),
    ],
    [
      'an average that newcomers did not get',
      'candidates',
      (d) => receipt(d, 'average', () => ({ kind: 'average', average: 5n })),
    ],
    [
      'a sum of weights',
      'candidates',
      (d) => receipt(d, 'draw', (old) => ({ ...old, total: old.total + 1n })),
    ],
    [
      'a producer who was not on turn',
      'slots',
      (d) => header(d, false, (old) => ({ ...old, producer: (old.producer + 1) % 4 })),
    ],
    [
      'a slot that was another’s',
      'slots',
      (d) => header(d, false, (old) => ({ ...old, slot: old.slot + 4_000_000n })),
    ],
    ['a beacon', 'beacons', (d) => header(d, false, (old) => ({ ...old, beacon: new Uint8Array(32) }))],
    [
      'a contribution that is not the producer’s',
      'beacons',
      (d) => header(d, false, (old) => ({ ...old, vrf: new Uint8Array(48) })),
    ],
    [
      'another lucky member',
      'lucky',
      (d) =>
        receipt(d, 'lucky', (old) => ({
          ...old,
          miner: d.receipts.flatMap((r) => (r.kind === 'pool' && r.miner !== old.miner ? [r.miner] : []))[0]!,
        })),
    ],
    ['an invented carry', 'pools', (d) => receipt(d, 'bonus', (old) => ({ ...old, carry: old.carry + 1n }))],
    ['more bonus', 'pools', (d) => receipt(d, 'bonus', (old) => ({ ...old, total: old.total + 1n }))],
    [
      'the pool of all',
      'pools',
      (d) => receipt(d, 'bonus', (old) => ({ ...old, ordinary: old.ordinary + 1n })),
    ],
    ['what is on top', 'pools', (d) => receipt(d, 'lucky', (old) => ({ ...old, extra: old.extra + 1n }))],
    ['pools', 'pools', (d) => receipt(d, 'pool', (old) => ({ ...old, pool: old.pool + 1n }))],
    [
      'pools without votes that were not carried on',
      'pools',
      (d) => receipt(d, 'pool', (old) => ({ ...old, votes: 0n })),
    ],
    [
      'fees that were left and are gone',
      'fees',
      (d) => receipt(d, 'fees', () => ({ kind: 'fees', total: 0n, perBlock: 0n, remainder: 0n })),
    ],
    [
      'fees of a block',
      'fees',
      (d) => receipt(d, 'fees', (old) => ({ ...old, perBlock: old.perBlock + 1n })),
    ],
    [
      'the remainder of the fees',
      'fees',
      (d) => receipt(d, 'fees', (old) => ({ ...old, remainder: old.remainder + 1n })),
    ],
    ['a draw for another round', 'draw', (d) => receipt(d, 'draw', (old) => ({ ...old, round: 9n }))],
    ['a draw said to be kept', 'draw', (d) => receipt(d, 'draw', (old) => ({ ...old, kept: true }))],
    [
      'members of the receipt',
      'draw',
      (d) => receipt(d, 'draw', (old) => ({ ...old, members: [...old.members].reverse() })),
    ],
    [
      'another committee, in the receipt too',
      'draw',
      (d) => {
        d.drawn = [...d.drawn].reverse();
        receipt(d, 'draw', (old) => ({ ...old, members: d.drawn.map((member) => member.miner) }));
      },
    ],
    [
      'a candidate left out',
      'draw',
      (d) => candidates(d, (c) => c.filter(({ miner }) => miner !== d.drawn[0]!.miner)),
    ],
    [
      'too few candidates, and another committee than the former',
      'draw',
      (d) => {
        candidates(d, (c) => c.slice(0, 3));
        receipt(d, 'draw', (old) => ({ ...old, kept: true }));
      },
    ],
  ];
  it.each(cases)(
    '%s: refused at %s',
    (_, key, lie) => {
      const rounds = makeRounds(3, (draft) => {
        if (draft.round === 2) lie(draft);
      });
      const outcome = check(rounds, 2);
      expect(outcome.holds).toBe(false);
      expect(outcome.steps.at(-1)).toMatchObject({ key, state: 'bad' });
    },
    TIMEOUT,
  );

  it('cannot keep a checker busy with missed slots', () => {
    const rounds = makeRounds(3, (draft) => {
      if (draft.round === 2) header(draft, false, (old) => ({ ...old, slot: 2n ** 52n }));
    });
    const begun = performance.now();
    expect(check(rounds, 2).steps.at(-1)).toMatchObject({ key: 'slots', state: 'bad' });
    expect(performance.now() - begun).toBeLessThan(TIMEOUT);
  });
});

describe('the walk', () => {
  let rounds: TestRound[] = [];
  beforeAll(() => {
    rounds = makeRounds(3);
  }, TIMEOUT);

  it('goes on from any round it reached', () => {
    expect(walk(founded.rules, founded.known, encodeBoundaries(rounds)).round).toBe(3);
  });

  it('refuses other roots, another round and another chain', () => {
    const encoded = encodeBoundaries(rounds);
    const { rules, known } = founded;
    const [one, other] = known.roots;
    expect(() => walk(rules, { round: 0, roots: [other, one] }, encoded)).toThrow(
      /root of the committee of round 0/,
    );
    expect(() => walk(rules, { round: 0, roots: [one, one] }, encoded)).toThrow(
      /root of the committee of round 1/,
    );
    expect(() => walk(rules, { ...known, round: 1 }, encoded)).toThrow(/first round/);
    expect(() => walk({ ...rules, chain: '11'.repeat(32) }, known, encoded)).toThrow(
      /round 0: the signature/,
    );
  });

  it('names the round whose signature does not hold, also among many', () => {
    const bad = { ...rounds[1]!, certificate: rounds[2]!.certificate };
    const encoded = encodeBoundaries([rounds[0]!, bad, rounds[2]!]);
    expect(() => walk(founded.rules, founded.known, encoded)).toThrow(/round 1: (?:the signature|its)/);
  });
});

describe('a genesis', () => {
  it('is the one of the chain id, whole', () => {
    expect(founded).toMatchObject({ name: 'etm-test', rules: { blocksPerRound: 4, daySeconds: 60n } });
    expect(() => readGenesis(genesis, '00'.repeat(32))).toThrow(/hash of the genesis/);
    const longer = Uint8Array.from([...genesis, 0]);
    expect(() => readGenesis(longer, chainId)).toThrow(/hash of the genesis/);
  });
});
