/** What a request is made of, held against the genesis of the chain and what its committees signed, before it can be signed. */

import { useQuery } from '@tanstack/react-query';
import { getBytes, nodeUrl } from '../api/client';
import type { MinerRef, Parameters } from '../api/types';
import { newCrew } from '../lib/verify/client';
import { type Fault, fault, inEtm } from '../lib/verify/faults';
import type { Terms } from '../lib/verify/genesis';
import { VOTES_BYTES_MAX } from '../lib/verify/head';
import { CHAIN } from './checking';
import { identify, otherChain, type Settled } from './verify-run';
import { proveVotes, type VotesSource } from './verify-votes-run';
import { type AskWorker, PORTION } from './verify-walk';

/** Rounds that are walked for a name, unasked. */
const WALK = 2_000;

/** What only the node says, and nothing proves. */
export type Unproved = 'terms_not_proved' | 'name_not_proved' | 'dial_not_proved';

export type Held =
  | { readonly kind: 'holds'; readonly unproved: readonly Unproved[] }
  /** The node says something else than the chain does: nothing is to be signed. */
  | { readonly kind: 'differs'; readonly fault: Fault };

/** The name of the miner that is voted for, as the node tells it. */
export type Named = Pick<MinerRef, 'id' | 'name'>;

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
    return { kind: 'holds', unproved: ['terms_not_proved', ...(miner === null ? [] : [NAME])] };
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
    if (proof.kind === 'incomplete') return { kind: 'holds', unproved: [NAME] };
    ({ name } = proof.reading.miner);
  }
  return name === miner.name
    ? { kind: 'holds', unproved: [] }
    : differs(fault('minerOther', miner.id, miner.name, name));
}

const NAME: Unproved = 'name_not_proved';

/** Asks the node that is in use; undefined until all is held. */
export function useHeld(parameters: Parameters, miner: Named | null): Held | undefined {
  const address = nodeUrl();
  const { data } = useQuery({
    queryKey: ['held', address, parameters, miner?.id, miner?.name],
    queryFn: async () => {
      const crew = newCrew();
      try {
        const source: VotesSource = {
          ...CHAIN,
          address,
          votes: (asked) => getBytes(`proofs/votes/${asked.miner}`, {}, VOTES_BYTES_MAX),
        };
        return await hold(source, crew.asks, parameters, miner);
      } finally {
        crew.stop();
      }
    },
    retry: false,
    // What could not be proved may be next time.
    staleTime: ({ state }) =>
      state.data?.kind === 'holds' && state.data.unproved.length === 0 ? Infinity : 0,
  });
  return data;
}
