/** What makes the last block of a round final (docs/verify.md sections 2 and 3). */

import { fromHexOf, type Bytes } from '../bytes';
import { COMMITTEE_MAX, type Header, type Member } from '../codec/block';
import { DecodeError, type Reader } from '../codec/reader';
import { type Claim, finalizeMessage, quorum } from '../crypto/bls';
import { expectThat } from './steps';

const BITMAP_MAX = Math.ceil(COMMITTEE_MAX / 8);

export interface Certificate {
  readonly view: bigint;
  readonly parentView: bigint;
  readonly bitmap: Bytes;
  /** 48 bytes. */
  readonly signature: Bytes;
}

export function readCertificate(input: Reader): Certificate {
  const view = input.u64('view');
  const parentView = input.u64('parent view');
  const offset = input.offset;
  const length = input.u8('length of the bitmap');
  if (length < 1 || length > BITMAP_MAX) {
    throw new DecodeError('length of the bitmap', offset, `${length} is outside 1..=${BITMAP_MAX}`);
  }
  return { view, parentView, bitmap: input.raw('bitmap', length), signature: input.raw('signature', 48) };
}

export interface Signed {
  /** The members that are said to have signed, in the order drawn. */
  readonly signers: readonly Member[];
  readonly claim: Claim;
}

/** What the certificate claims about a header, with everything checked but the signature itself. */
export function claimOf(
  chain: string,
  members: readonly Member[],
  header: Header,
  hash: string,
  { view, parentView, bitmap, signature }: Certificate,
): Signed {
  const size = members.length;
  expectThat(bitmap.length === Math.ceil(size / 8), 'bitmapBytes', bitmap.length, size, Math.ceil(size / 8));
  const bit = (index: number) => (((bitmap[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
  for (let index = size; index < 8 * bitmap.length; index += 1) {
    expectThat(!bit(index), 'bitmapBeyond');
  }
  expectThat(view >= header.slot, 'viewBefore');
  const sorted = [...members].sort((left, right) => (left.node < right.node ? -1 : 1));
  const signed = new Set(sorted.filter((_, index) => bit(index)));
  const needed = quorum(size);
  expectThat(signed.size >= needed, 'quorum', signed.size, size, needed);
  const signers = members.filter((member) => signed.has(member));
  const message = finalizeMessage(chain, header.round, view, parentView, fromHexOf(hash, 32));
  return { signers, claim: { signers: signers.map((member) => member.bls), message, signature } };
}
