/**
 * What was signed here lately and takes money. A node that took it may say that it did not, or that it has expired: who signs the same once more
 * is told of it.
 */

import { toHex } from '../lib/bytes';
import type { Payload } from '../lib/codec/transaction';

const KEY = 'etm.signed';
const MOST = 50;
const LATELY_MS = 24 * 3_600_000;

export interface Signed {
  readonly hash: string;
  /** When it was signed, milliseconds since 1970. */
  readonly at: number;
}

interface Entry extends Signed {
  /** Chain, sender and payload. */
  readonly what: string;
}

/** A payload as text, the same for the same. */
export function payloadText(payload: unknown): string {
  return JSON.stringify(payload, (_, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Uint8Array ? toHex(Uint8Array.from(value)) : value;
  });
}

const takesMoney = ({ kind }: Payload) => kind === 'transfer' || kind === 'lock' || kind === 'register';

const whatOf = (chain: string, sender: string, payload: Payload) =>
  `${chain} ${sender} ${payloadText(payload)}`;

function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Entry> | null;
  return (
    typeof entry === 'object' &&
    typeof entry?.what === 'string' &&
    typeof entry.hash === 'string' &&
    /^[0-9a-f]{64}$/.test(entry.hash) &&
    Number.isSafeInteger(entry.at) &&
    Math.abs(entry.at ?? 0) <= 8.64e15
  );
}

/** What could not be kept is remembered as long as the page is open. */
let unkept: readonly Entry[] = [];

function stored(): readonly Entry[] {
  try {
    const value: unknown = JSON.parse(globalThis.localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value.filter(isEntry).slice(-MOST) : [];
  } catch {
    return [];
  }
}

export function noteSigned(chain: string, sender: string, payload: Payload, hash: string): void {
  if (!takesMoney(payload)) return;
  const entry: Entry = { what: whatOf(chain, sender, payload), hash, at: Date.now() };
  try {
    globalThis.localStorage.setItem(KEY, JSON.stringify([...stored(), entry].slice(-MOST)));
  } catch {
    unkept = [...unkept, entry].slice(-MOST);
  }
}

/** The last time that one of these was signed here, if that was within a day. */
export function signedLately(chain: string, sender: string, payloads: readonly Payload[]): Signed | null {
  const what = new Set(payloads.filter(takesMoney).map((payload) => whatOf(chain, sender, payload)));
  const lately = [...stored(), ...unkept].filter(
    (entry) => what.has(entry.what) && Date.now() - entry.at < LATELY_MS,
  );
  return lately.at(-1) ?? null;
}
