/** Transactions as they travel and are signed. The same golden files hold this and the Rust code. */

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bigEndian, concat, fromHexOf, inNamespace, toHex, utf8, type Bytes } from '../bytes';
import { decode, DecodeError, type Reader } from './reader';
import { CONTACT_BYTES_MAX, DIAL_BYTES_MAX, isContact, isDialAddress, isMinerName } from './texts';

const VERSION = 1;
const SIGNING_NAMESPACE = utf8('etm/tx/v1');
const HASH_TAG = utf8('etm/tx-hash/v1');
export const MAX_TRANSACTION_BYTES = 1024;

/** The keys of a miner's node with proofs of possession, encoded: node 32, BLS 96, node proof 64, BLS proof 48. */
export const MINER_KEYS_BYTES = 32 + 96 + 64 + 48;

/** The parts of a miner's encoded keys. */
export const partsOfMinerKeys = (keys: Uint8Array) => ({
  node: keys.subarray(0, 32),
  bls: keys.subarray(32, 128),
  nodeProof: keys.subarray(128, 192),
  blsProof: keys.subarray(192),
});

export type Payload =
  | { readonly kind: 'transfer'; readonly recipient: Bytes; readonly amount: bigint; readonly memo: string }
  | { readonly kind: 'lock'; readonly amount: bigint }
  | { readonly kind: 'unlock'; readonly amount: bigint }
  | { readonly kind: 'vote'; readonly miner: number }
  | { readonly kind: 'withdraw' }
  | {
      readonly kind: 'register';
      readonly name: string;
      readonly keys: Bytes;
      readonly dial: string;
      readonly contact: string | null;
    }
  | {
      readonly kind: 'update';
      readonly keys: Bytes | null;
      readonly dial: string;
      readonly contact: string | null;
    }
  | { readonly kind: 'resign' }
  | { readonly kind: 'heartbeat'; readonly miner: number; readonly round: bigint; readonly seed: Bytes };

export interface UnsignedTransaction {
  /** Chain id, 32 bytes in hex. */
  readonly chain: string;
  /** Public key of the sender, 32 bytes in hex. */
  readonly sender: string;
  readonly nonce: bigint;
  readonly fee: bigint;
  readonly expiresAt: bigint;
  readonly payload: Payload;
}

export interface Transaction extends UnsignedTransaction {
  /** 64 bytes. */
  readonly signature: Bytes;
}

export const MEMO_BYTES_MAX = 64;

/** Whether a text may travel as a memo: at most 64 bytes of UTF-8 without control characters. */
export function isMemo(text: string): boolean {
  return utf8(text).length <= MEMO_BYTES_MAX && !/[\p{Cc}\p{Cs}]/u.test(text);
}

function shortText(text: string, min: number, max: number, field: string): Bytes {
  const bytes = utf8(text);
  if (bytes.length < min || bytes.length > max) {
    throw new RangeError(`${field} must have ${min} to ${max} bytes, not ${bytes.length}`);
  }
  return concat(Uint8Array.of(bytes.length), bytes);
}

function fixed(bytes: Uint8Array, length: number, field: string): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`${field} must have ${length} bytes`);
  return bytes;
}

function encodeContact(contact: string | null): Bytes {
  return contact === null
    ? Uint8Array.of(0)
    : concat(Uint8Array.of(1), shortText(contact, 1, CONTACT_BYTES_MAX, 'contact'));
}

function encodePayload(payload: Payload): Bytes {
  switch (payload.kind) {
    case 'transfer':
      return concat(
        Uint8Array.of(0),
        fixed(payload.recipient, 20, 'recipient'),
        bigEndian(payload.amount, 8),
        shortText(payload.memo, 0, MEMO_BYTES_MAX, 'memo'),
      );
    case 'lock':
      return concat(Uint8Array.of(1), bigEndian(payload.amount, 8));
    case 'unlock':
      return concat(Uint8Array.of(2), bigEndian(payload.amount, 8));
    case 'vote':
      return concat(Uint8Array.of(3), bigEndian(payload.miner, 4));
    case 'withdraw':
      return Uint8Array.of(4);
    case 'register':
      return concat(
        Uint8Array.of(5),
        shortText(payload.name, 1, 20, 'miner name'),
        fixed(payload.keys, MINER_KEYS_BYTES, 'miner keys'),
        shortText(payload.dial, 3, DIAL_BYTES_MAX, 'dial address'),
        encodeContact(payload.contact),
      );
    case 'update':
      return concat(
        Uint8Array.of(6),
        payload.keys === null
          ? Uint8Array.of(0)
          : concat(Uint8Array.of(1), fixed(payload.keys, MINER_KEYS_BYTES, 'miner keys')),
        shortText(payload.dial, 3, DIAL_BYTES_MAX, 'dial address'),
        encodeContact(payload.contact),
      );
    case 'resign':
      return Uint8Array.of(7);
    case 'heartbeat':
      return concat(
        Uint8Array.of(8),
        bigEndian(payload.miner, 4),
        bigEndian(payload.round, 8),
        fixed(payload.seed, 32, 'seed'),
      );
  }
}

/** A text of the wire whose content has rules, too. */
function checkedText(
  input: Reader,
  field: string,
  min: number,
  max: number,
  valid: (text: string) => boolean,
  rule: string,
): string {
  const { offset } = input;
  const text = input.shortText(field, min, max);
  if (!valid(text)) throw new DecodeError(field, offset, rule);
  return text;
}

function readContact(input: Reader): string | null {
  return input.option('contact flag', (inner) =>
    checkedText(inner, 'contact', 1, CONTACT_BYTES_MAX, isContact, 'may only contain printable ASCII'),
  );
}

function readDial(input: Reader): string {
  return checkedText(input, 'dial address', 3, DIAL_BYTES_MAX, isDialAddress, 'must be host:port');
}

function readPayload(input: Reader): Payload {
  switch (input.tag('payload kind', 8)) {
    case 0:
      return {
        kind: 'transfer',
        recipient: input.raw('address', 20),
        amount: input.u64('amount'),
        memo: checkedText(input, 'memo', 0, MEMO_BYTES_MAX, isMemo, 'must not contain control characters'),
      };
    case 1:
      return { kind: 'lock', amount: input.u64('amount') };
    case 2:
      return { kind: 'unlock', amount: input.u64('amount') };
    case 3:
      return { kind: 'vote', miner: input.u32('miner id') };
    case 4:
      return { kind: 'withdraw' };
    case 5:
      return {
        kind: 'register',
        name: checkedText(input, 'miner name', 1, 20, isMinerName, 'may only contain a-z 0-9 ! @ $ & _ .'),
        keys: input.raw('miner keys', MINER_KEYS_BYTES),
        dial: readDial(input),
        contact: readContact(input),
      };
    case 6:
      return {
        kind: 'update',
        keys: input.option('keys flag', (inner) => inner.raw('miner keys', MINER_KEYS_BYTES)),
        dial: readDial(input),
        contact: readContact(input),
      };
    case 7:
      return { kind: 'resign' };
    default:
      return {
        kind: 'heartbeat',
        miner: input.u32('miner id'),
        round: input.u64('heartbeat round'),
        seed: input.raw('beacon', 32),
      };
  }
}

/** The encoding without the signature. */
export function encodeUnsigned(transaction: UnsignedTransaction): Bytes {
  return concat(
    Uint8Array.of(VERSION),
    fromHexOf(transaction.chain, 32),
    fromHexOf(transaction.sender, 32),
    bigEndian(transaction.nonce, 8),
    bigEndian(transaction.fee, 8),
    bigEndian(transaction.expiresAt, 8),
    encodePayload(transaction.payload),
  );
}

/** The bytes that are signed: `u8(9) || "etm/tx/v1" || encoding without signature`. */
export function signingBytes(transaction: UnsignedTransaction): Bytes {
  return inNamespace(SIGNING_NAMESPACE, encodeUnsigned(transaction));
}

/** The encoding with the signature: what is submitted. */
export function encodeTransaction(transaction: Transaction): Bytes {
  return concat(encodeUnsigned(transaction), fixed(transaction.signature, 64, 'signature'));
}

function readUnsigned(input: Reader): UnsignedTransaction {
  if (input.u8('transaction version') !== VERSION) {
    throw new DecodeError('transaction version', 0, 'must be 1');
  }
  return {
    chain: input.hex('chain id', 32),
    sender: input.hex('public key', 32),
    nonce: input.u64('nonce'),
    fee: input.u64('amount'),
    expiresAt: input.u64('expiry height'),
    payload: readPayload(input),
  };
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length > MAX_TRANSACTION_BYTES) {
    throw new DecodeError(
      'transaction',
      null,
      `${bytes.length} bytes, at most ${MAX_TRANSACTION_BYTES} are allowed`,
    );
  }
}

/** Reads a signed transaction; checks its form, not its signature. */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  checkSize(bytes);
  return decode(bytes, (input) => ({ ...readUnsigned(input), signature: input.raw('signature', 64) }));
}

/** Reads a transaction that is yet to be signed. */
export function decodeUnsigned(bytes: Uint8Array): UnsignedTransaction {
  checkSize(bytes);
  return decode(bytes, readUnsigned);
}

/** The hash by which a transaction is known. */
export function transactionHash(encoding: Uint8Array): string {
  return toHex(sha256(concat(HASH_TAG, encoding)));
}

/** Signs with the ed25519 seed of the sender. */
export function sign(transaction: UnsignedTransaction, seed: Uint8Array): Transaction {
  return { ...transaction, signature: Uint8Array.from(ed25519.sign(signingBytes(transaction), seed)) };
}
