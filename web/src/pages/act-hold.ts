/** Holds a request against the genesis of the chain and what its committees signed. */

import type { Parameters } from '../api/types';
import { type Fault, fault, inEtm } from '../lib/verify/faults';
import type { Terms } from '../lib/verify/genesis';
import type { OwnRequests } from './act-asked';
import type { Seat } from './act-ending';
import {
  type Held,
  type Named,
  notProved,
  type OwnPosition,
  type SignedSource,
  type Standing,
  type Unproved,
} from './act-held';
import { unsignedOf } from './act-signed';
import { reachedBy } from './act-tip';
import { isOld } from './position-age';
import { identify, otherChain, type Settled } from './verify-run';
import { proveVotes } from './verify-votes-run';
import { type AskWorker, PORTION } from './verify-walk';
import type { CheckedVotes } from '../lib/verify/votes';

/** Rounds that are walked for a name or a position, unasked. */
const WALK = 2_000;

const differs = (fault: Fault): Held => ({ kind: 'differs', fault });

const AMOUNTS: ReadonlySet<keyof Terms> = new Set(['min_fee', 'min_lock', 'deposit'] as const);

/** The first parameter of which the node says something else than the genesis of its chain. */
function otherTerm(terms: Terms, told: Parameters): Fault | null {
  const names = Object.keys(terms) as (keyof Terms)[];
  const name = names.find((each) => BigInt(told[each]) !== terms[each]);
  if (name === undefined) return null;
  const say = (term: bigint) => (AMOUNTS.has(name) ? inEtm(term) : term);
  return fault('differs', fault(name), say(BigInt(told[name])), say(terms[name]));
}

/** Blocks that are waited for until one of the round is there: before that nothing proves who sits in its committee. */
const SEAT_TRIES = 4;

/** Waits about a block, and not for ever. */
const aBlock = (slotMs: number) => new Promise<void>((done) => setTimeout(done, Math.min(slotMs, 5_000)));

export async function hold(
  source: SignedSource,
  asks: readonly [AskWorker, ...AskWorker[]],
  parameters: Parameters,
  miner: Named | null,
  position: OwnPosition | null,
  asked: OwnRequests | null,
  pause = aBlock,
): Promise<Held> {
  const other = otherChain(source.address, parameters.chain.id);
  if (other !== null) return differs(other);
  let found: Settled | Fault;
  try {
    found = await identify(source, asks[0], () => undefined);
  } catch {
    // A node that gives no genesis proves nothing.
    return notProved(miner, position, asked);
  }
  if ('kind' in found) return differs(found);
  const { genesis } = found;
  if (genesis.rules.chain !== parameters.chain.id) {
    return differs(fault('genesisOther', parameters.chain.id, genesis.rules.chain));
  }
  if (genesis.name !== parameters.chain.name) {
    return differs(fault('nameOther', parameters.chain.name, genesis.name));
  }
  const { devnet, genesis_timestamp_ms: begun } = parameters.chain;
  if (devnet !== genesis.devnet || BigInt(begun) !== genesis.rules.timestampMs) {
    return differs(fault('chainOther'));
  }
  const term = otherTerm(genesis.terms, parameters);
  if (term !== null) return differs(term);
  const prove = (id: number, address: string | null) =>
    proveVotes(source, asks, genesis, { miner: id, address }, { walked: () => undefined }, PORTION, WALK);
  const unproved: Unproved[] = [];
  const unsigned = asked === null ? 0 : await unsignedOf(source.transaction, parameters, asked);
  if (typeof unsigned !== 'number') return differs(unsigned);
  if (unsigned > 0) unproved.push('requests_not_proved');
  if (asked !== null && position === null) {
    // Of a position the state is proved, and its block with it.
    const reached = await reachedBy(source, asks, genesis, asked.round, WALK);
    if (typeof reached !== 'string') return differs(reached);
    if (reached === 'unproved') unproved.push('tip_not_proved');
  }
  const names = new Map<number, string>();
  let standing: Standing | null = null;
  if (position !== null) {
    let proof = await prove(position.miner.id, position.address);
    for (let tries = 0; tries < SEAT_TRIES; tries += 1) {
      if (proof.kind !== 'holds' || proof.reading.round !== position.round) break;
      if (proof.reading.seated !== null) break;
      await pause(Number(genesis.terms.slot_ms));
      proof = await prove(position.miner.id, position.address);
    }
    // A lie is no reason to go on; that a node can't give what is needed is none to stop.
    if (proof.kind === 'fails') return differs(proof.fault);
    if (proof.kind === 'holds') names.set(position.miner.id, proof.reading.miner.name);
    // A position is another one from the end of a round on: what is proved of another round says nothing of it.
    if (proof.kind !== 'holds' || proof.reading.round !== position.round) {
      unproved.push('position_not_proved');
    } else {
      const other = otherPosition(proof.reading, position);
      if (other !== null) return differs(other);
      const { height, timestamp_ms: timestampMs } = proof.reading;
      standing = { height, timestampMs, seat: seatOf(proof.reading) };
      if (isOld(timestampMs, Number(genesis.terms.slot_ms))) unproved.push('old_state');
    }
  }
  if (miner !== null) {
    let name = genesis.names[miner.id] ?? names.get(miner.id);
    if (name === undefined && miner.id !== position?.miner.id) {
      const proof = await prove(miner.id, null);
      if (proof.kind === 'fails') return differs(proof.fault);
      if (proof.kind === 'holds') ({ name } = proof.reading.miner);
    }
    if (name === undefined) unproved.push('name_not_proved');
    else if (name !== miner.name) return differs(fault('minerOther', miner.id, miner.name, name));
  }
  return { kind: 'holds', unproved, standing };
}

function seatOf({ seated, produced, height }: CheckedVotes): Seat {
  if (seated === false) return { kind: 'none' };
  return produced === null ? { kind: 'unknown' } : { kind: 'made', blocks: produced, height };
}

/** What the node tells of the signer's position otherwise than the state does. */
function otherPosition({ miner, position: proved }: CheckedVotes, told: OwnPosition): Fault | null {
  if (proved === null) return fault('positionThere');
  if (proved.locked !== told.locked) {
    return fault('differs', fault('locked'), inEtm(BigInt(told.locked)), inEtm(BigInt(proved.locked)));
  }
  if (proved.time_gain !== told.timeGain) {
    return fault('differs', fault('timeGain'), told.timeGain, proved.time_gain);
  }
  if (miner.name !== told.miner.name) {
    return fault('minerOther', miner.id, told.miner.name, miner.name);
  }
  return null;
}
