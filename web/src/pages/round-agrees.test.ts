import { describe, expect, it } from 'vitest';
import type { Round, RoundReceipt } from '../api/types';
import { readGenesis } from '../lib/verify/genesis';
import { checkRound } from '../lib/verify/round';
import type { CheckedRound } from '../lib/verify/reading';
import { chainId, genesis, makeRounds } from '../test/chain';
import { differences, type Part } from './round-agrees';

function reading(): CheckedRound {
  const { rules, known } = readGenesis(genesis, chainId);
  const outcome = checkRound(rules, known, makeRounds(1)[0]!.evidence);
  if (!outcome.holds) throw new Error(outcome.failed.detail);
  return outcome.reading;
}

const read = reading();

/** What an honest node tells of that round. */
function told(): { round: Round; receipt: RoundReceipt } {
  const { draw } = read;
  const round = {
    round: read.round,
    first_height: read.first_height,
    last_height: read.last_height,
    blocks: read.blocks.length,
    missed: read.pools.reduce((sum, pool) => sum + (pool.missed ?? 0), 0),
    lucky: read.lucky.miner,
    bonus: read.distribution.total,
    distribution: { ...read.distribution },
    committee: read.pools.map((pool, index) => ({
      ...pool,
      missed: pool.missed ?? 0,
      index,
      lucky: index === read.lucky.index,
    })),
  };
  const receipt = {
    seed: read.seed,
    draw: {
      round: draw.round,
      beacon: read.beacon,
      kept: draw.kept,
      v_avg: draw.v_avg,
      picks: draw.picks,
      candidates: draw.candidates.map((one) => ({ ...one, miner: { id: one.miner, name: 'any' } })),
    },
  };
  return structuredClone({ round, receipt }) as unknown as { round: Round; receipt: RoundReceipt };
}

type Change = (told: { round: Round; receipt: RoundReceipt }) => void;

const CHANGES: readonly (readonly [Part, Change])[] = [
  ['blocks', ({ round }) => (round.blocks += 1)],
  ['blocks', ({ round }) => (round.last_height += 1)],
  ['committee', ({ round }) => (round.committee[0]!.miner.name = 'other')],
  ['committee', ({ round }) => (round.committee[0]!.votes = '1')],
  ['committee', ({ round }) => (round.committee[0]!.pool = '1')],
  ['committee', ({ round }) => round.committee.reverse()],
  ['committee', ({ round }) => (round.committee[read.lucky.index]!.lucky = false)],
  ['bonus', ({ round }) => (round.distribution!.carry_out = '1')],
  ['bonus', ({ round }) => (round.distribution!.fee_per_block = '1')],
  ['bonus', ({ round }) => (round.distribution = null)],
  ['bonus', ({ round }) => (round.lucky = null)],
  ['slots', ({ round }) => (round.missed += 1)],
  ['draw', ({ receipt }) => (receipt.seed = '00')],
  ['draw', ({ receipt }) => (receipt.draw.beacon = '00')],
  ['draw', ({ receipt }) => (receipt.draw.kept = !receipt.draw.kept)],
  ['draw', ({ receipt }) => (receipt.draw.picks[0]!.point = '7')],
  ['draw', ({ receipt }) => receipt.draw.picks.pop()],
  ['candidates', ({ receipt }) => (receipt.draw.candidates[0]!.votes += '0')],
  ['candidates', ({ receipt }) => receipt.draw.candidates.push(receipt.draw.candidates[0]!)],
];

describe('a round as its node tells it', () => {
  it('agrees with the evidence where the node is honest', () => {
    const { round, receipt } = told();
    expect(differences(round, receipt, read)).toEqual([]);
    expect(differences(round, undefined, read)).toEqual([]);
  });

  it('agrees where too many slots were missed to tell by whom, and as many as it says', () => {
    const pools = read.pools.map((pool) => ({ ...pool, missed: null }));
    const { round, receipt } = told();
    expect(differences(round, receipt, { ...read, pools })).toEqual([]);
    round.missed += 1;
    expect(differences(round, receipt, { ...read, pools })).toEqual(['slots']);
  });

  it('is found out in each part', () => {
    for (const [part, change] of CHANGES) {
      const all = told();
      change(all);
      expect(differences(all.round, all.receipt, read), String(change)).toEqual([part]);
    }
  });
});
