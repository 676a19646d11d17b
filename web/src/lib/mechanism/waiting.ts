/** Transactions of the account that wait for a block: a request is judged by what they leave, as the command line does it. */

import type { Account, Parameters, ProjectedPosition, Schema } from '../../api/types';
import { readInteger } from '../amount';
import { type Change, project, type Projected, projectedVotes } from './projection';

export function toProjected(position: ProjectedPosition | null | undefined): Projected | null {
  return position == null
    ? null
    : {
        locked: readInteger(position.locked),
        timeGain: position.time_gain,
        miner: position.miner?.id ?? null,
      };
}

/** As the API tells it, by the names of its miners. */
export function toPosition(
  position: Projected | null,
  names: ReadonlyMap<number, string> = new Map(),
): ProjectedPosition | null {
  if (position === null) return null;
  const { locked, timeGain, miner } = position;
  return {
    locked: locked.toString(),
    time_gain: timeGain,
    miner: miner === null ? null : { id: miner, name: names.get(miner) ?? '' },
    votes: projectedVotes(position).toString(),
  };
}

/** Whether the chain takes the change, as far as the position alone says. */
function takes(position: Projected | null, change: Change, minLock: bigint): boolean {
  const locked = position?.locked ?? 0n;
  switch (change.kind) {
    case 'lock':
      return change.amount > 0n && locked + change.amount >= minLock;
    case 'unlock': {
      const rest = locked - change.amount;
      return change.amount > 0n && (rest === 0n || rest >= minLock);
    }
    case 'vote':
      return position !== null;
    case 'withdraw':
      return position !== null && position.miner !== null;
  }
}

type Waiting = Schema<'Payload'>;

export function changeOf(payload: Waiting): Change | null {
  switch (payload.kind) {
    case 'lock':
    case 'unlock':
      return { kind: payload.kind, amount: readInteger(payload.amount) };
    case 'vote':
      return { kind: 'vote', miner: payload.miner.id };
    case 'withdraw':
      return { kind: 'withdraw' };
    case 'transfer':
    case 'register':
    case 'update':
    case 'resign':
    case 'heartbeat':
      return null;
  }
}

/** What leaves the balance beside the fee. */
function takenBy(payload: Waiting, deposit: bigint): bigint {
  switch (payload.kind) {
    case 'transfer':
    case 'lock':
      return readInteger(payload.amount);
    case 'register':
      return deposit;
    case 'unlock':
    case 'vote':
    case 'withdraw':
    case 'update':
    case 'resign':
    case 'heartbeat':
      return 0n;
  }
}

/**
 * The account as a transaction with its next number will find it: what it can spend, and its position at the end of the round. A
 * transaction that will be refused takes its fee and nothing else.
 */
export function countIn(account: Account, parameters: Parameters): Account {
  const minLock = readInteger(parameters.min_lock);
  const deposit = readInteger(parameters.deposit);
  const waiting = account.pending_transactions
    .filter(({ nonce }) => nonce >= account.nonce && nonce < account.next_nonce)
    .sort((one, other) => one.nonce - other.nonce);
  let balance = readInteger(account.balance);
  let owns = account.miner != null;
  let resigned: number | null = null;
  const names = new Map<number, string>();
  const positions = [account.projected, account.projected_best, account.projected_worst];
  for (const position of positions) {
    if (position?.miner != null) names.set(position.miner.id, position.miner.name);
  }
  let [expected, best, worst] = positions.map(toProjected);
  const eachOf = (made: (position: Projected | null) => Projected | null) => {
    [expected, best, worst] = [expected, best, worst].map((position) => made(position ?? null));
  };
  for (const { payload, fee: told } of waiting) {
    const fee = readInteger(told);
    const taken = takenBy(payload, deposit);
    const change = changeOf(payload);
    const fits =
      fee + taken <= balance &&
      (change === null || takes(expected ?? null, change, minLock)) &&
      (payload.kind !== 'register' || !owns) &&
      (!['update', 'resign'].includes(payload.kind) || account.miner != null);
    if (!fits) {
      balance = balance > fee ? balance - fee : 0n;
      continue;
    }
    // What is sent to oneself is there again at once.
    const returns = payload.kind === 'transfer' && payload.recipient === account.address;
    balance -= returns ? fee : fee + taken;
    if (payload.kind === 'register') owns = true;
    if (payload.kind === 'vote') names.set(payload.miner.id, payload.miner.name);
    // A vote for a miner that has resigned changes nothing.
    const isVoid = payload.kind === 'vote' && payload.miner.id === resigned;
    if (change !== null && !isVoid) eachOf((position) => project(position, change));
    // Its voters keep their time gain and vote for nobody, the owner among them.
    if (payload.kind === 'resign') {
      const own = account.miner?.id;
      resigned = own ?? null;
      eachOf((position) =>
        position?.miner === own && position !== null ? { ...position, miner: null } : position,
      );
    }
  }
  const told = (position: Projected | null | undefined) => toPosition(position ?? null, names);
  return waiting.length === 0
    ? account
    : {
        ...account,
        balance: balance.toString(),
        projected: told(expected),
        projected_best: told(best),
        projected_worst: told(worst),
      };
}
