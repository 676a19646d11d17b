import { beforeAll, describe, expect, it } from 'vitest';
import type { RoundReceipt } from '../../api/types';
import { BLOCKS_PER_ROUND, chainId, genesis, makeRounds, type TestRound } from '../../test/chain';
import { toHex } from '../bytes';
import { answer, type Answer } from './answer';
import { stepOver, type TrustedCommittee } from './chain';
import { readGenesis } from './genesis';
import { verifyRound } from './round';
import { STEP_KEYS, type Step, type StepKey, verdict } from './steps';

const founded = readGenesis(genesis);
let rounds: TestRound[] = [];

beforeAll(() => {
  rounds = makeRounds(4);
});

function check(round: number, receipt: RoundReceipt): Map<StepKey, Step> {
  const parity = round % 2 === 0 ? 0 : 1;
  let trusted: TrustedCommittee = { round: parity, members: founded.committees[parity] };
  for (let r = trusted.round; r < round; r += 2) {
    trusted = stepOver(chainId, BLOCKS_PER_ROUND, trusted, rounds[r]!.boundary);
  }
  const steps = new Map<StepKey, Step>();
  const evidence = {
    receipt,
    boundary: rounds[round]!.boundary,
    previous: rounds[round - 1]?.boundary ?? null,
    genesis: founded,
    chain: chainId,
    trusted,
  };
  verifyRound(evidence, (step) => steps.set(step.key, step));
  return steps;
}

const red = (steps: Map<StepKey, Step>) =>
  [...steps.values()].filter((step) => step.state === 'bad').map((step) => step.key);

describe('a genuine round', () => {
  it.each([0, 1, 2, 3])('%i holds in every step', (round) => {
    const steps = check(round, rounds[round]!.receipt);
    expect([...steps.values()].filter((step) => step.state !== 'ok')).toEqual([]);
    expect(steps.size).toBe(11);
  });
});

describe('a round that was tampered with', () => {
  type Tamper = (receipt: RoundReceipt) => void;
  const flip = (hex: string, at: number) =>
    hex.slice(0, at) + (hex[at] === '0' ? '1' : '0') + hex.slice(at + 1);
  const cases: [string, StepKey, Tamper][] = [
    ['a BLS key', 'committee', (r) => (r.committee[1]!.bls_key = r.committee[0]!.bls_key)],
    ['the order of the committee', 'committee', (r) => r.committee.reverse()],
    ['the chain id', 'committee', (r) => (r.chain = '00'.repeat(32))],
    ['one byte of a header', 'headers', (r) => (r.headers[1] = flip(r.headers[1]!, 200))],
    ['a header left out', 'headers', (r) => r.headers.splice(1, 1)],
    ['the seed', 'headers', (r) => (r.seed = flip(r.seed, 3))],
    ['the parent', 'headers', (r) => (r.parent = flip(r.parent, 3))],
    [
      'one bit of the signature',
      'certificate',
      (r) => (r.certificate = { ...r.certificate, finalization: flip(r.certificate.finalization, 190) }),
    ],
    [
      'the bitmap of signers',
      'certificate',
      (r) => {
        const at = 2 * (3 + 32 + 8);
        const hex = r.certificate.finalization;
        r.certificate = { ...r.certificate, finalization: `${hex.slice(0, at)}0f${hex.slice(at + 2)}` };
      },
    ],
    [
      'the block that was signed',
      'headers',
      (r) => (r.certificate = { ...r.certificate, hash: flip(r.certificate.hash, 0) }),
    ],
    ['blocks produced', 'slots', (r) => (r.pools[0]!.produced += 1)],
    ['missed slots', 'slots', (r) => (r.pools[0]!.missed += 1)],
    ['a pool', 'bonus', (r) => (r.pools[0]!.pool = '1')],
    ['the carry', 'bonus', (r) => (r.distribution.carry_out = '1')],
    ['the bonus issued', 'bonus', (r) => (r.distribution.issued = '1')],
    ['the lucky member', 'lucky', (r) => (r.lucky.index = (r.lucky.index + 1) % 4)],
    ['a weight', 'weights', (r) => (r.draw.candidates[0]!.weight = '5')],
    ['votes', 'weights', (r) => (r.draw.candidates[0]!.votes = '5')],
    ['a record', 'weights', (r) => (r.draw.candidates[0]!.slots = 3)],
    ['the order of candidates', 'weights', (r) => r.draw.candidates.reverse()],
    ['the beacon of the draw', 'draw', (r) => (r.draw.beacon = flip(r.draw.beacon, 9))],
    ['a pick', 'draw', (r) => (r.draw.picks[2]!.point = '1')],
    ['the members drawn', 'draw', (r) => r.draw.members.reverse()],
    ['a draw said to be kept', 'draw', (r) => (r.draw.kept = true)],
  ];
  it.each(cases)('%s: %s is red', (_, key, tamper) => {
    const receipt = structuredClone(rounds[2]!.receipt);
    tamper(receipt);
    expect(red(check(2, receipt))).toContain(key);
  });

  it('is red where a candidate was left out, though all sums fit', () => {
    const receipt = structuredClone(rounds[2]!.receipt);
    const gone = receipt.draw.candidates.pop()!;
    receipt.draw.total_weight = (BigInt(receipt.draw.total_weight) - BigInt(gone.weight)).toString();
    expect(red(check(2, receipt))).toContain('draw');
  });
});

describe('the walk', () => {
  const start = { round: 0, members: founded.committees[0] };

  it('refuses a boundary of another round, another committee and another chain', () => {
    expect(() => stepOver(chainId, BLOCKS_PER_ROUND, start, rounds[2]!.boundary)).toThrow();
    const other = { round: 0, members: [...founded.committees[0]].reverse().slice(1) };
    expect(() => stepOver(chainId, BLOCKS_PER_ROUND, other, rounds[0]!.boundary)).toThrow();
    expect(() => stepOver('11'.repeat(32), BLOCKS_PER_ROUND, start, rounds[0]!.boundary)).toThrow();
  });

  it('refuses an exchanged committee', () => {
    const boundary = { ...rounds[0]!.boundary, committee_encoded: rounds[1]!.boundary.committee_encoded };
    expect(() => stepOver(chainId, BLOCKS_PER_ROUND, start, boundary)).toThrow(/committee root/);
  });
});

describe('the worker’s answers', () => {
  const ask = (canonical: string, chain: string): Answer[] => {
    const answers: Answer[] = [];
    answer({ kind: 'genesis', canonical, chain }, (given) => answers.push(given));
    return answers;
  };

  it('take a genesis only if it has the chain id', () => {
    expect(ask(toHex(genesis), chainId)[0]?.kind).toBe('genesis');
    expect(ask(toHex(genesis), '00'.repeat(32))[0]?.kind).toBe('failed');
    expect(ask('zz', chainId)[0]?.kind).toBe('failed');
  });

  it('make keys whose proofs hold for one owner only', () => {
    const owner = new Uint8Array(20).fill(3);
    const made: Answer[] = [];
    answer({ kind: 'make-keys', owner }, (given) => made.push(given));
    const keys = made[0]?.kind === 'keys' ? made[0].keys : new Uint8Array();
    const checked: Answer[] = [];
    answer({ kind: 'check-keys', owner, keys }, (given) => checked.push(given));
    answer({ kind: 'check-keys', owner: new Uint8Array(20).fill(4), keys }, (given) => checked.push(given));
    expect(checked).toEqual([
      { kind: 'checked', good: true },
      { kind: 'checked', good: false },
    ]);
  });
});

describe('the verdict', () => {
  const all = (state: Step['state']) => new Map(STEP_KEYS.map((key) => [key, { key, state, detail: '' }]));

  it('is good only if every step was checked and holds', () => {
    expect(verdict(all('ok'))).toBe('holds');
    expect(verdict(new Map())).toBe('incomplete');
    for (const key of STEP_KEYS) {
      expect(verdict(new Map([...all('ok')].filter(([other]) => other !== key)))).toBe('incomplete');
      expect(verdict(all('ok').set(key, { key, state: 'skipped', detail: '' }))).toBe('incomplete');
      expect(verdict(all('skipped').set(key, { key, state: 'bad', detail: '' }))).toBe('fails');
    }
  });
});
