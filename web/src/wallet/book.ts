/** Addresses with names, in this browser only. */

import { parseAddress } from '../lib/address';

const KEY = 'etm.addresses';
const MOST = 200;
export const NAME_MAX = 40;

export interface Known {
  readonly name: string;
  readonly address: string;
}

function isKnown(value: unknown): value is Known {
  const known = value as Partial<Known> | null;
  return (
    typeof known === 'object' &&
    typeof known?.name === 'string' &&
    known.name.length <= NAME_MAX &&
    typeof known.address === 'string' &&
    parseAddress(known.address).ok
  );
}

export function readBook(): readonly Known[] {
  try {
    const value: unknown = JSON.parse(globalThis.localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value.filter(isKnown).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Keeps an address under a name; an address has one name. False if the browser refuses to store. */
export function keepAddress(known: Known): boolean {
  const others = readBook().filter((other) => other.address !== known.address);
  return store([...others, known]);
}

export function forgetAddress(address: string): boolean {
  return store(readBook().filter((known) => known.address !== address));
}

function store(book: readonly Known[]): boolean {
  try {
    globalThis.localStorage.setItem(KEY, JSON.stringify(book.slice(-MOST)));
    return true;
  } catch {
    return false;
  }
}
