import { describe, expect, it } from 'vitest';
import type { Account, Parameters, ProjectedPosition } from '../../api/types';
import { vectors } from '../../test/vectors';
import { electionWeight } from './performance';
import { type Change, project, type Projected, projectedVotes } from './projection';
import { countIn } from './waiting';

type Position = ProjectedPosition;

interface Case {
  request: { kind: string; amount?: string; miner?: number };
  account: Account;
  miners: {
    outlook_average: string;
    miners: {
      id: number;
      state: string;
      outlook: { votes: string; produced: number; slots: number; weight: string };
    }[];
  };
  preview: {
    waiting: number;
    accepted: boolean;
    before: Position | null;
    after: Position | null;
    after_best: Position | null;
    after_worst: Position | null;
    miners: {
      miner: { id: number };
      votes_before: string;
      votes_after: string;
      weight_before: string;
      weight_after: string;
    }[];
    warnings: string[];
  };
}

const toProjected = (position: Position | null | undefined): Projected | null =>
  position == null
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

interface File {
  parameters: Parameters;
  cases: Case[];
}

// Other cases, which a devnet kept: `etm/tests/wallet/previews.rs`.
const KEPT = process.env['PREVIEWS'];

describe.each(KEPT === undefined ? ['previews/cases.json', 'previews/behind.json'] : [KEPT])(
  'what the node says of a request: %s',
  (name) => {
    const { parameters, cases } = vectors(name) as File;
    const accepted = cases.filter(({ preview, account, miners }) => {
      // A resignation that was accepted before makes a vote void, and a miner that is none has no votes: that the node knows alone.
      const registered = new Set(
        miners.miners.filter((row) => row.state === 'registered').map(({ id }) => id),
      );
      const votes = account.pending_transactions.map(({ payload }) => payload);
      return (
        preview.accepted &&
        !preview.warnings.includes('miner_resigning') &&
        votes.every((payload) => payload.kind !== 'vote' || registered.has(payload.miner.id))
      );
    });

    it('is what the page computes of the position', () => {
      let seen = 0;
      for (const { request, account, preview } of accepted) {
        const change = toChange(request);
        if (change === null) continue;
        seen += 1;
        const counted = countIn(account, parameters);
        expect(counted.pending_transactions).toHaveLength(preview.waiting);
        expect(toProjected(counted.projected)).toEqual(toProjected(preview.before));
        const after = project(toProjected(counted.projected), change);
        expect(after).toEqual(toProjected(preview.after));
        expect(projectedVotes(after)).toBe(BigInt(preview.after?.votes ?? '0'));
        expect(project(toProjected(counted.projected_best), change)).toEqual(toProjected(preview.after_best));
        expect(project(toProjected(counted.projected_worst), change)).toEqual(
          toProjected(preview.after_worst),
        );
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
          if (preview.waiting === 0) expect(effect.votes_before).toBe(row.outlook.votes);
          expect(weight(effect.votes_before)).toBe(BigInt(effect.weight_before));
          expect(weight(effect.votes_after)).toBe(BigInt(effect.weight_after));
        }
      }
      expect(seen).toBeGreaterThan(5);
    });
  },
);
