/** The evidence of a round, decoded (docs/verify.md section 6): total, bounded, with one encoding for each value. */

import {
  type Committee,
  committeeRoot,
  type Header,
  headerHash,
  readCommittee,
  readHeader,
} from '../codec/block';
import { decode, DecodeError, type Reader } from '../codec/reader';
import { type Certificate, readCertificate } from './certificate';
import { EVIDENCE_TAG, readTag } from './head';
import { EVIDENCE_BYTES_MAX } from './limits';
import { type Candidates, type ChosenReceipts, readCandidates, readChosenReceipts } from './receipts';

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
    throw new DecodeError('evidence', null, `${bytes.length} bytes are more than ${EVIDENCE_BYTES_MAX}`);
  }
  return decode(bytes, (input) => {
    readTag(input, EVIDENCE_TAG);
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
