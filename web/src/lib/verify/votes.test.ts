import { afterAll, describe, expect, it } from 'vitest';
import { refusals, vectors } from '../../test/vectors';
import { concat, fromHex } from '../bytes';
import { HEADER_BYTES } from '../codec/block';
import type { Known } from './genesis';
import { checkVotes, VOTES_KEYS, type CheckedVotes, type VotesQuestion, type VotesRules } from './votes';
import { votesRoundOf } from './head';

interface Golden {
  genesis: { chain: string; blocks: number };
  first: number;
  roots: string[];
  evidence: string;
  reading: CheckedVotes;
}

const golden = vectors('votes/position.json') as Golden;
const evidence = fromHex(golden.evidence);
const rules: VotesRules = { chain: golden.genesis.chain, blocksPerRound: golden.genesis.blocks };
const round = votesRoundOf(evidence);
const at = (wanted: number) => golden.roots[wanted - golden.first] ?? '';
const known: Known = { round, roots: [at(round), at(round + 1)] };
const asked: VotesQuestion = {
  miner: golden.reading.miner.id,
  address: golden.reading.position?.address ?? null,
};

describe('a miner’s votes and a position among them', () => {
  let refused = 0;
  afterAll(() => console.info(`changes of evidence of votes refused: ${refused}`));

  it('are read as the golden file says, and every step is told', () => {
    const told: string[] = [];
    const outcome = checkVotes(rules, known, evidence, asked, (step) => told.push(step.key));
    if (!outcome.holds) throw new Error(`${outcome.failed.key}: ${outcome.failed.detail}`);
    expect(outcome.reading).toEqual(golden.reading);
    expect(told).toEqual([...VOTES_KEYS]);
  });

  it('are refused with a byte changed, cut short or grown', { timeout: 600_000 }, () => {
    const steps = new Set<string>();
    const refusedBy = refusals('position.json', evidence.length);
    const refuse = (bytes: Uint8Array, what: string, expected?: string) => {
      const outcome = checkVotes(rules, known, bytes, asked);
      const step = outcome.holds ? 'none' : outcome.failed.key;
      if (expected === undefined) expect(step, what).not.toBe('none');
      else expect(step, what).toBe(expected);
      steps.add(step);
      refused += 1;
    };
    // What is signed takes a pairing each: a part of it does here. (The state root is byte 253 of the header.)
    const header = golden.evidence.indexOf(golden.reading.state_root) / 2 - 253;
    for (let index = 0; index < evidence.length; index += 1) {
      if (index >= header - 66 && index < header + HEADER_BYTES && index % 5 !== 0) continue;
      const changed = evidence.slice();
      changed[index]! ^= 1 << (index % 8);
      refuse(changed, `byte ${index}`, refusedBy?.(index));
    }
    for (let length = 0; length < evidence.length; length += 97) refuse(evidence.subarray(0, length), 'cut');
    refuse(concat(evidence, Uint8Array.of(0)), 'grown');
    // Each step catches what is its own.
    expect([...steps].sort()).toEqual([...VOTES_KEYS].sort());
  });

  it('are refused where something else was asked for, or another committee is known', () => {
    const other = { ...asked, miner: asked.miner + 1 };
    const failed = (outcome: ReturnType<typeof checkVotes>) => (outcome.holds ? null : outcome.failed.key);
    expect(failed(checkVotes(rules, known, evidence, other))).toBe('miner');
    expect(failed(checkVotes(rules, known, evidence, { ...asked, address: null }))).toBe('position');
    const shifted: Known = { round: round - 1, roots: [at(round - 1), at(round)] };
    expect(failed(checkVotes(rules, shifted, evidence, asked))).toBe('committee');
    const forged: Known = { round, roots: [at(round + 1), at(round)] };
    expect(failed(checkVotes(rules, forged, evidence, asked))).toBe('committee');
    expect(failed(checkVotes({ ...rules, chain: '00'.repeat(32) }, known, evidence, asked))).toBe(
      'committee',
    );
  });
});
