/**
 * The walk of a light client: the last block of round r carries the committee of round r + 2 and is signed by the
 * committee of round r. So every other boundary leads from a trusted committee to the one wanted.
 */

import type { BoundaryCertificate } from '../../api/types';
import { fromHex } from '../bytes';
import {
  committeeRoot,
  decodeCommittee,
  decodeFinalization,
  decodeHeader,
  headerHash,
  type Member,
} from '../codec/block';
import { checkFinalization } from '../crypto/bls';
import { expectSame, expectThat } from './steps';

/** A committee that is known to be that of its round. */
export interface TrustedCommittee {
  readonly round: number;
  readonly members: readonly Member[];
}

export const FINALIZATION_PROBLEMS = {
  size: 'the certificate is for a committee of another size',
  quorum: 'fewer members than a quorum signed',
  signature: 'the aggregate signature does not verify',
} as const;

/** Checks that a header is final by its committee's signatures; gives the number of signers. */
export function checkCertificate(
  chain: string,
  committee: TrustedCommittee,
  encodedHeader: Uint8Array,
  encodedFinalization: Uint8Array,
): number {
  const header = decodeHeader(encodedHeader);
  const finalization = decodeFinalization(encodedFinalization);
  expectSame('chain id', header.chain, chain);
  expectSame('round of the header', header.round, BigInt(committee.round));
  expectSame('epoch that was signed', finalization.epoch, BigInt(committee.round));
  expectSame('block that was signed', finalization.payload, headerHash(encodedHeader));
  expectThat(finalization.view >= header.slot, 'the view that was signed lies before the slot of the block');
  const check = checkFinalization(chain, committee.members, finalization);
  expectThat(check.problem === null, check.problem === null ? '' : FINALIZATION_PROBLEMS[check.problem]);
  return check.signers.length;
}

/** One step of the walk: from the committee of round r to that of round r + 2. */
export function stepOver(
  chain: string,
  blocksPerRound: number,
  trusted: TrustedCommittee,
  boundary: BoundaryCertificate,
): TrustedCommittee {
  expectSame('round of the certificate', boundary.round, trusted.round);
  const encodedHeader = fromHex(boundary.certificate.header);
  checkCertificate(chain, trusted, encodedHeader, fromHex(boundary.certificate.finalization));
  const header = decodeHeader(encodedHeader);
  const lastHeight = (BigInt(trusted.round) + 1n) * BigInt(blocksPerRound) - 1n;
  expectSame('height of the last block', header.height, lastHeight);
  const encoded = fromHex(boundary.committee_encoded);
  expectSame('committee root', committeeRoot(encoded), header.committeeRoot);
  const announced = decodeCommittee(encoded);
  expectSame('round of the announced committee', announced.round, BigInt(trusted.round + 2));
  return { round: trusted.round + 2, members: announced.members };
}
