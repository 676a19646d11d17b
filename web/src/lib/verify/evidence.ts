/** The evidence of a round, decoded (docs/verify.md section 6): total, bounded, with one encoding for each value. */

import { utf8 } from '../bytes';
import {
  type Committee,
  committeeRoot,
  type Header,
  headerHash,
  readCommittee,
  readHeader,
} from '../codec/block';
import { decode, DecodeError, Reader } from '../codec/reader';
import { type Certificate, readCertificate } from './certificate';
import { figure } from './steps';
import { type Candidates, type ChosenReceipts, readCandidates, readChosenReceipts } from './receipts';

const TAG = utf8('etm/evidence/v1');
export const EVIDENCE_BYTES_MAX = 64 * 2 ** 20;
const HEADERS_MAX = 10_000;

/** A header with its hash. */
export interface Sealed extends Header {
  readonly hash: string;
}

/** A committee with its root. */
export interface Rooted extends Committee {
  readonly root: string;
}

export interface Evidence {
  readonly committee: Rooted;
  readonly drawn: Rooted;
  readonly certificate: Certificate;
  readonly previous: { readonly header: Sealed; readonly receipts: ChosenReceipts } | null;
  readonly headers: readonly Sealed[];
  readonly receipts: ChosenReceipts;
  readonly candidates: Candidates;
}

/** The tag that a document begins with. */
export function readTag(input: Reader, tag: Uint8Array): void {
  const found = input.raw('tag', tag.length);
  if (!found.every((byte, index) => byte === tag[index])) {
    throw new DecodeError(`tag at byte 0: must be ${new TextDecoder().decode(tag)}`);
  }
}

function readRooted(input: Reader): Rooted {
  const start = input.offset;
  return { ...readCommittee(input), root: committeeRoot(input.since(start)) };
}

function readSealed(input: Reader): Sealed {
  const start = input.offset;
  return { ...readHeader(input), hash: headerHash(input.since(start)) };
}

export function decodeEvidence(bytes: Uint8Array): Evidence {
  if (bytes.length > EVIDENCE_BYTES_MAX) {
    throw new DecodeError(`evidence: ${bytes.length} bytes are more than ${EVIDENCE_BYTES_MAX}`);
  }
  return decode(bytes, (input) => {
    readTag(input, TAG);
    return {
      committee: readRooted(input),
      drawn: readRooted(input),
      certificate: readCertificate(input),
      previous: input.option('previous', (inner) => ({
        header: readSealed(inner),
        receipts: readChosenReceipts(inner),
      })),
      headers: input.list('headers', 1, HEADERS_MAX, readSealed),
      receipts: readChosenReceipts(input),
      candidates: readCandidates(input),
    };
  });
}

/** The round that evidence is said to be of: where a walk has to lead before it is checked. */
export function roundOf(bytes: Uint8Array): number {
  const input = new Reader(bytes);
  readTag(input, TAG);
  return figure('round', input.u64('committee round'));
}
