/**
 * BLS12-381 in the MinSig arrangement: keys in G2 (96 bytes), signatures in G1 (48 bytes). Beacon contributions,
 * finalizations and proofs of possession.
 */

import { bls12_381 } from '@noble/curves/bls12-381.js';
import { concat, fromHexOf, utf8, type Bytes } from '../bytes';
import type { Finalization, Member } from '../codec/block';
import { inNamespace } from '../codec/transaction';

const scheme = bls12_381.shortSignatures;
const MESSAGE_DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
export const POSSESSION_DST = 'BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';

/** `floor((n - 1) / 3)` members may be faulty; all others must sign. */
export function quorum(members: number): number {
  return members - Math.floor((members - 1) / 3);
}

function namespace(tag: string, chain: string): Bytes {
  return concat(utf8(tag), fromHexOf(chain, 32));
}

function verify(signature: Uint8Array, message: Uint8Array, key: Uint8Array, dst: string): boolean {
  try {
    return scheme.verify(
      scheme.Signature.fromBytes(signature),
      scheme.hash(message, dst),
      bls12_381.G2.Point.fromBytes(key),
    );
  } catch {
    return false;
  }
}

/** Whether `vrf` is the producer's unique signature over the beacon of the parent and the height. */
export function verifyVrf(
  chain: string,
  key: Uint8Array,
  parentBeacon: Uint8Array,
  height: Uint8Array,
  vrf: Uint8Array,
): boolean {
  const message = inNamespace(namespace('etm/vrf/v1', chain), concat(parentBeacon, height));
  return verify(vrf, message, key, MESSAGE_DST);
}

/** Whether `proof` shows that the owner (20 bytes of the address) holds the BLS key. */
export function verifyPossession(owner: Uint8Array, key: Uint8Array, proof: Uint8Array): boolean {
  return verify(proof, inNamespace(concat(utf8('etm/pop/v1'), owner), key), key, POSSESSION_DST);
}

/** Why a finalization does not make its block final. */
export type FinalizationProblem = 'size' | 'quorum' | 'signature';

export interface FinalizationCheck {
  readonly problem: FinalizationProblem | null;
  /** Members that signed, by miner id. */
  readonly signers: readonly number[];
  readonly needed: number;
}

/**
 * Checks the aggregate signature of a finalization against a committee (in any order; the bitmap counts members
 * sorted by node key). Registration demanded proofs of possession of these keys, so adding them up is safe.
 */
export function checkFinalization(
  chain: string,
  committee: readonly Member[],
  finalization: Finalization,
): FinalizationCheck {
  const sorted = [...committee].sort((left, right) => (left.node < right.node ? -1 : 1));
  const needed = quorum(sorted.length);
  const members = sorted.filter((_, index) => finalization.signers[index] === true);
  const signers = members.map((member) => member.miner);
  if (finalization.signers.length !== sorted.length) return { problem: 'size', signers, needed };
  if (members.length < needed) return { problem: 'quorum', signers, needed };
  const base = concat(namespace('etm/consensus/v1', chain), utf8('_FINALIZE'));
  const message = inNamespace(base, finalization.proposal);
  try {
    const key = members
      .map((member) => bls12_381.G2.Point.fromBytes(member.bls))
      .reduce((sum, point) => sum.add(point));
    const valid = scheme.verify(
      scheme.Signature.fromBytes(finalization.signature),
      scheme.hash(message, MESSAGE_DST),
      key,
    );
    return { problem: valid ? null : 'signature', signers, needed };
  } catch {
    return { problem: 'signature', signers, needed };
  }
}
