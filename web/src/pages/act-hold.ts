/** Holds a request against the genesis of the chain and what its committees signed. */

import type { Parameters } from '../api/types';
import { type Fault, fault, inEtm } from '../lib/verify/faults';
import type { Terms } from '../lib/verify/genesis';
import { type Held, type Named, notProved } from './act-held';
import { identify, otherChain, type Settled } from './verify-run';
import { proveVotes, type VotesSource } from './verify-votes-run';
import { type AskWorker, PORTION } from './verify-walk';

/** Rounds that are walked for a name, unasked. */
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

export async function hold(
  source: VotesSource,
  asks: readonly [AskWorker, ...AskWorker[]],
  parameters: Parameters,
  miner: Named | null,
): Promise<Held> {
  const other = otherChain(source.address, parameters.chain.id);
  if (other !== null) return differs(other);
  let found: Settled | Fault;
  try {
    found = await identify(source, asks[0], () => undefined);
  } catch {
    // A node that gives no genesis proves nothing.
    return notProved(miner);
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
  if (miner === null) return { kind: 'holds', unproved: [] };
  let name = genesis.names[miner.id];
  if (name === undefined) {
    const asked = { miner: miner.id, address: null };
    const watch = { walked: () => undefined };
    const proof = await proveVotes(source, asks, genesis, asked, watch, PORTION, WALK);
    // A lie is no reason to go on; that a node can't give what is needed is none to stop.
    if (proof.kind === 'fails') return differs(proof.fault);
    if (proof.kind === 'incomplete') return { kind: 'holds', unproved: ['name_not_proved'] };
    ({ name } = proof.reading.miner);
  }
  return name === miner.name
    ? { kind: 'holds', unproved: [] }
    : differs(fault('minerOther', miner.id, miner.name, name));
}
