/** What of evidence is read before it is checked: without the curves, so that a page can do it at little weight. */

import { utf8 } from '../bytes';
import { DecodeError, Reader } from '../codec/reader';
import { fault } from './faults';
import { figure } from './steps';

export const EVIDENCE_TAG = utf8('etm/evidence/v1');
export const VOTES_TAG = utf8('etm/votes/v2');

/** The tag that a document begins with. */
export function readTag(input: Reader, tag: Uint8Array): void {
  const found = input.raw('tag', tag.length);
  if (!found.every((byte, index) => byte === tag[index])) {
    throw new DecodeError('tag', 0, `must be ${new TextDecoder().decode(tag)}`);
  }
}

/** The round that evidence is said to be of: where a walk has to lead before it is checked. */
export function roundOf(bytes: Uint8Array): number {
  const input = new Reader(bytes);
  readTag(input, EVIDENCE_TAG);
  return figure(fault('round'), input.u64('committee round'));
}

/** The round whose committee signed evidence of votes: where a walk has to lead before it is checked. */
export function votesRoundOf(bytes: Uint8Array): number {
  const input = new Reader(bytes);
  readTag(input, VOTES_TAG);
  input.u32('miner');
  return figure(fault('round'), input.u64('committee round'));
}
