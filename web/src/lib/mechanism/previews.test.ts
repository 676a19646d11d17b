import { describe, expect, it } from 'vitest';
import { vectors } from '../../test/vectors';
import { electionWeight } from './performance';
import { type Change, project, type Projected, projectedVotes } from './projection';

interface Position {
  locked: string;
  time_gain: number;
  miner: { id: number } | null;
  votes: string;
}

interface Case {
  request: { kind: string; amount?: string; miner?: number };
  account: { projected: Position | null; projected_best: Position | null; projected_worst: Position | null };
  miners: {
    outlook_average: string;
    miners: { id: number; outlook: { votes: string; produced: number; slots: number; weight: string } }[];
  };
  preview: {
    accepted: boolean;
    before: Position | null;
    after: Position | null;
    after_best: Position | null;
    after_worst: Position | null;
    miners: { miner: { id: number }; votes_after: string; weight_before: string; weight_after: string }[];
    warnings: string[];
  };
}

const toProjected = (position: Position | null): Projected | null =>
  position === null
    ? null
    : {
        locked: BigInt(position.locked),
        timeGain: position.time_gain,
        miner: position.miner?.id ?? null,
      };

function toChange({ kind, amount, miner }: Case['request']): Change | null {
  switch (kind) {
    case 'lock':
    case 'unlock':
      return { kind, amount: BigInt(amount ?? '') };
    case 'vote':
      return { kind, miner: miner ?? -1 };
    case 'withdraw':
      return { kind };
    default:
      return null;
  }
}

describe('what the node says of a request', () => {
  // Other cases, which a devnet kept: `etm/tests/wallet/previews.rs`.
  const { cases } = vectors(process.env['PREVIEWS'] ?? 'previews/cases.json') as { cases: Case[] };
  // A resignation that was accepted before makes a vote void: that the node knows alone.
  const accepted = cases.filter(
    ({ preview }) => preview.accepted && !preview.warnings.includes('miner_resigning'),
  );

  it('is what the page computes of the position', () => {
    let seen = 0;
    for (const { request, account, preview } of accepted) {
      const change = toChange(request);
      if (change === null) continue;
      seen += 1;
      expect(preview.before).toEqual(account.projected);
      const after = project(toProjected(account.projected), change);
      expect(after).toEqual(toProjected(preview.after));
      expect(projectedVotes(after)).toBe(BigInt(preview.after?.votes ?? '0'));
      expect(project(toProjected(account.projected_best), change)).toEqual(toProjected(preview.after_best));
      expect(project(toProjected(account.projected_worst), change)).toEqual(toProjected(preview.after_worst));
    }
    expect(seen).toBeGreaterThan(10);
  });

  it('is what the page computes of the miners', () => {
    let seen = 0;
    for (const { miners, preview } of accepted) {
      for (const effect of preview.miners) {
        const row = miners.miners.find(({ id }) => id === effect.miner.id);
        if (row === undefined) continue;
        seen += 1;
        const counters = { produced: BigInt(row.outlook.produced), slots: BigInt(row.outlook.slots) };
        const average = BigInt(miners.outlook_average);
        const weight = (votes: string) => electionWeight(BigInt(votes), counters, average);
        expect(weight(row.outlook.votes)).toBe(BigInt(effect.weight_before));
        expect(weight(effect.votes_after)).toBe(BigInt(effect.weight_after));
      }
    }
    expect(seen).toBeGreaterThan(10);
  });
});
