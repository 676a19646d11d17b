/** The keys of a miner's node and the proofs that whoever registers them holds both. */

import { bls12_381 } from '@noble/curves/bls12-381.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { bigEndian, concat, inNamespace, toBigInt, utf8, type Bytes } from '../bytes';
import { MINER_KEYS_BYTES, partsOfMinerKeys } from '../codec/transaction';
import { POSSESSION_DST, verifyPossession } from './bls';

const scheme = bls12_381.shortSignatures;

/** A fresh seed of 32 bytes, from which both keys of a node follow. */
export function newMinerSeed(): Bytes {
  return Uint8Array.from(randomBytes(32));
}

function blsSecret(seed: Uint8Array): Bytes {
  const wide = expand_message_xmd(seed, utf8('etm/bls-secret/v1'), 48, sha256);
  return bigEndian(toBigInt(wide) % bls12_381.fields.Fr.ORDER, 32);
}

function possessionNamespace(owner: Uint8Array): Bytes {
  return concat(utf8('etm/pop/v1'), owner);
}

/** Both public keys of the seed with their proofs for the owner (the 20 bytes of its address), encoded. */
export function proveMinerKeys(seed: Uint8Array, owner: Uint8Array): Bytes {
  const name = possessionNamespace(owner);
  const secret = blsSecret(seed);
  const bls = scheme.getPublicKey(secret).toBytes(true);
  const nodeProof = ed25519.sign(inNamespace(name, bls), seed);
  const blsProof = scheme.sign(scheme.hash(inNamespace(name, bls), POSSESSION_DST), secret).toBytes(true);
  secret.fill(0);
  return concat(ed25519.getPublicKey(seed), bls, nodeProof, blsProof);
}

/** Whether encoded keys carry valid proofs for this owner. */
export function verifyMinerKeys(keys: Uint8Array, owner: Uint8Array): boolean {
  if (keys.length !== MINER_KEYS_BYTES) return false;
  const { node, bls, nodeProof, blsProof } = partsOfMinerKeys(keys);
  try {
    return (
      ed25519.verify(nodeProof, inNamespace(possessionNamespace(owner), bls), node, { zip215: true }) &&
      verifyPossession(owner, bls, blsProof)
    );
  } catch {
    return false;
  }
}
