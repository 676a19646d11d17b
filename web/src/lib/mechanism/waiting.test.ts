import { describe, expect, it } from 'vitest';
import type { Account, ProjectedPosition, Schema } from '../../api/types';
import { account, parameters } from '../../test/fixtures';
import { vectors } from '../../test/vectors';
import { votes } from './votes';
import { countIn } from './waiting';

const ETM = 100_000_000n;

interface Case {
  about: string;
  free: number;
  position: { locked: number; time_gain: number; miner: number | null } | null;
  waiting: Schema<'Payload'>[];
  left: string;
  after: { locked: string; time_gain: number; miner: number | null } | null;
}

function began({ free, position, waiting }: Case): Account {
  const locked = BigInt(position?.locked ?? 0) * ETM;
  const projected: ProjectedPosition | null =
    position === null
      ? null
      : {
          locked: locked.toString(),
          time_gain: position.time_gain,
          miner: position.miner === null ? null : { id: position.miner, name: `m${position.miner}` },
          votes: votes(locked, position.time_gain).toString(),
        };
  const pending = waiting.map((payload, index) => ({
    hash: String(index),
    status: 'pending' as const,
    sender: 'A',
    nonce: account.nonce + index,
    fee: (ETM / 10n).toString(),
    expires_at: 600,
    size: 200,
    payload,
  }));
  return {
    ...account,
    address: 'A',
    balance: (BigInt(free) * ETM).toString(),
    projected,
    projected_best: projected,
    projected_worst: projected,
    // The node gives them in any order.
    pending_transactions: pending.reverse(),
    next_nonce: account.nonce + waiting.length,
  };
}

describe('what transactions leave that wait for a block', () => {
  const { cases } = vectors('previews/waiting.json') as { cases: Case[] };

  it.each(cases.map((each) => [each.about, each] as const))('%s', (_, each) => {
    const counted = countIn(began(each), parameters);
    expect(counted.balance).toBe(each.left);
    const { projected } = counted;
    const after =
      projected == null
        ? null
        : { locked: projected.locked, time_gain: projected.time_gain, miner: projected.miner?.id ?? null };
    expect(after).toEqual(each.after);
    expect(counted.projected_best).toEqual(projected);
    expect(counted.projected_worst).toEqual(projected);
  });
});
