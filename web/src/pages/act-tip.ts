/** The last block that a node names, held against the ends of rounds that it proves: what is signed expires by it. */

import { ApiError } from '../api/client';
import type { Fault } from '../lib/verify/faults';
import type { Genesis, Known } from '../lib/verify/genesis';
import { AHEAD } from './act-held';
import { forgetKnown, loadKnown, saveKnown } from './verify-pins';
import type { VotesSource } from './verify-votes-run';
import { type AskWorker, PORTION, walkTo } from './verify-walk';

/** What is known of the running round that a node names. */
export type Reached =
  /** The round before ended, or those do that nodes may be apart. */
  | 'proved'
  /** It is the node's word: nothing of the chain was proved here before, or too long ago. */
  | 'unknown'
  /** It gives no proof, though some of the way was proved here before, or has no such ends of rounds. */
  | 'unproved';

/** Walks on to the round `running`, over `most` rounds at most; what differs if the node's ends of rounds don't lead there. */
export async function reachedBy(
  source: Pick<VotesSource, 'boundaries'>,
  asks: readonly [AskWorker, ...AskWorker[]],
  { rules, known: begin }: Genesis,
  running: number,
  most: number,
): Promise<Reached | Fault> {
  const wanted = running - Math.ceil(AHEAD / rules.blocksPerRound);
  const kept = loadKnown(rules.chain, Math.max(wanted, 0));
  const start = kept ?? begin;
  if (wanted <= start.round) return 'proved';
  if (wanted - start.round > most) return 'unknown';
  const reached = (known: Known) => saveKnown(rules.chain, known);
  const walk = { rules, boundaries: source.boundaries, asks, portion: PORTION, reached };
  try {
    let found = await walkTo(walk, start, wanted);
    if ('kind' in found && kept !== null) {
      // What was kept may be somebody else's text: from genesis it is certain.
      forgetKnown(rules.chain);
      found = await walkTo(walk, begin, wanted);
    }
    return 'kind' in found ? found : 'proved';
  } catch (error) {
    // That a round has not ended is no answer of a node whose chain came so far.
    const denied = error instanceof ApiError && error.status === 400;
    return kept === null && !denied ? 'unknown' : 'unproved';
  }
}
