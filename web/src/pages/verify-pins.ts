/**
 * What this browser keeps between checks: the chain it knows behind a node's address, and committees it has verified of
 * a chain. Whatever stands in the storage instead - nothing, damage, somebody's text - counts as nothing.
 */

import type { Known } from '../lib/verify/genesis';

export interface ChainPin {
  readonly chain: string;
  /** When it was first seen or given, milliseconds since 1970. */
  readonly since: number;
  /** A person compared it; otherwise it is what the node said at first use. */
  readonly given: boolean;
}

const HASH = /^[0-9a-f]{64}$/;
/** A place is kept every so many rounds, so that earlier rounds need no walk from genesis. */
const EVERY = 256;
const PLACES_MAX = 4_096;

const chainKey = (node: string) => `etm.chain.${node}`;
const knownKey = (chain: string) => `etm.known.${chain}`;

function read(key: string): unknown {
  try {
    return JSON.parse(globalThis.localStorage.getItem(key) ?? 'null') as unknown;
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    globalThis.localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage every check is the first one.
  }
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && HASH.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The chain that this browser knows behind a node's address. */
export function loadChain(node: string): ChainPin | null {
  const value = read(chainKey(node)) as Partial<ChainPin> | null;
  if (typeof value !== 'object' || value === null) return null;
  const { chain, since, given } = value;
  // A date beyond what a calendar has would break the page that shows it.
  if (!isHash(chain) || !isCount(since) || since > 8.64e15) return null;
  return { chain, since, given: given === true };
}

export function saveChain(node: string, pin: ChainPin): void {
  write(chainKey(node), pin);
}

function loadPlaces(chain: string): Known[] {
  const value = read(knownKey(chain));
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).slice(0, PLACES_MAX).flatMap((place): Known[] => {
    if (!Array.isArray(place)) return [];
    const [round, one, other] = place as unknown[];
    return isCount(round) && isHash(one) && isHash(other) ? [{ round, roots: [one, other] }] : [];
  });
}

/** The newest verified committees from which a walk leads to `round`. */
export function loadKnown(chain: string, round: number): Known | null {
  return loadPlaces(chain).reduce<Known | null>(
    (best, place) => (place.round <= round && place.round > (best?.round ?? -1) ? place : best),
    null,
  );
}

/** Keeps what was verified: the newest place, and one every 256 rounds. */
export function saveKnown(chain: string, known: Known): void {
  const places = new Map(loadPlaces(chain).map((place) => [place.round, place]));
  const newest = Math.max(known.round, ...places.keys());
  places.set(known.round, known);
  const kept = [...places.values()]
    .filter(({ round }) => round % EVERY === 0 || round === newest)
    .sort((left, right) => left.round - right.round);
  write(
    knownKey(chain),
    kept.map(({ round, roots }) => [round, ...roots]),
  );
}

/** Drops what was kept of a chain: it did not lead where the chain went. */
export function forgetKnown(chain: string): void {
  try {
    globalThis.localStorage.removeItem(knownKey(chain));
  } catch {
    // There is nothing to drop.
  }
}
