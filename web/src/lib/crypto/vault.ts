/**
 * Secrets at rest: scrypt turns the password into a key, AES-256-GCM (WebCrypto) seals. The public part of the
 * entry is authenticated with it, so that a box can't be moved to another address unnoticed.
 */

import { scryptAsync } from '@noble/hashes/scrypt.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { fromHex, toHex, utf8, type Bytes } from '../bytes';

/** Costs about half a second and 128 MiB: what OWASP asks of scrypt. */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
/** What an opened box may demand, so that a planted one can't freeze the page. */
const COST_MAX = { N: 2 ** 20, r: 16, p: 4 } as const;

export interface SealedBox {
  readonly version: 1;
  readonly kdf: 'scrypt';
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly iv: string;
  readonly data: string;
}

/** The password is wrong or the box damaged; which of them can't be told. */
export class WrongPassword extends Error {
  override readonly name = 'WrongPassword';
}

/** WebCrypto is missing: browsers offer it on https and localhost only. */
export class InsecureContext extends Error {
  override readonly name = 'InsecureContext';
}

function subtle(): SubtleCrypto {
  const found = (globalThis as { crypto?: { subtle?: SubtleCrypto } }).crypto?.subtle;
  if (found === undefined) throw new InsecureContext('WebCrypto is only offered on https and localhost');
  return found;
}

async function stretch(
  password: string,
  salt: Uint8Array,
  cost: { N: number; r: number; p: number },
): Promise<CryptoKey> {
  const crypto = subtle();
  const raw = await scryptAsync(utf8(password.normalize('NFKC')), salt, {
    ...cost,
    dkLen: 32,
    maxmem: 128 * cost.N * cost.r * cost.p + 2 ** 21,
  });
  const key = await crypto.importKey('raw', Uint8Array.from(raw), 'AES-GCM', false, ['encrypt', 'decrypt']);
  raw.fill(0);
  return key;
}

/** Seals `secret` under `password`, bound to `publicPart`. */
export async function seal(secret: Uint8Array, password: string, publicPart: string): Promise<SealedBox> {
  const salt = randomBytes(16);
  const iv = Uint8Array.from(randomBytes(12));
  const key = await stretch(password, salt, COST);
  const data = await subtle().encrypt(
    { name: 'AES-GCM', iv, additionalData: utf8(publicPart) },
    key,
    Uint8Array.from(secret),
  );
  return {
    version: 1,
    kdf: 'scrypt',
    ...COST,
    salt: toHex(salt),
    iv: toHex(iv),
    data: toHex(new Uint8Array(data)),
  };
}

/** Opens a box; throws {@link WrongPassword} if the password or anything in the box is not what it was. */
export async function open(box: SealedBox, password: string, publicPart: string): Promise<Bytes> {
  const { N, r, p } = box;
  const sane = (value: number, max: number) => Number.isInteger(value) && value >= 1 && value <= max;
  if (!sane(N, COST_MAX.N) || !sane(r, COST_MAX.r) || !sane(p, COST_MAX.p) || (N & (N - 1)) !== 0) {
    throw new WrongPassword('the stored wallet is damaged');
  }
  const key = await stretch(password, fromHex(box.salt), { N, r, p });
  try {
    const secret = await subtle().decrypt(
      { name: 'AES-GCM', iv: fromHex(box.iv), additionalData: utf8(publicPart) },
      key,
      fromHex(box.data),
    );
    return new Uint8Array(secret);
  } catch {
    throw new WrongPassword('wrong password, or the stored wallet is damaged');
  }
}
