/**
 * Committees this browser has verified, two a chain (even and odd rounds): the next check begins there instead of at
 * genesis. Only what was reached by certificates from genesis is ever kept.
 */

export interface Pin {
  readonly round: number;
  /** The encoded committee of that round. */
  readonly committee: string;
}

function key(chain: string, round: number): string {
  return `etm.verified.${chain}.${round % 2 === 0 ? 'even' : 'odd'}`;
}

/** The last committee verified that leads to `round`. */
export function loadPin(chain: string, round: number): Pin | null {
  try {
    const value = JSON.parse(
      globalThis.localStorage.getItem(key(chain, round)) ?? 'null',
    ) as Partial<Pin> | null;
    const valid =
      typeof value?.round === 'number' &&
      Number.isSafeInteger(value.round) &&
      value.round <= round &&
      typeof value.committee === 'string';
    return valid ? (value as Pin) : null;
  } catch {
    return null;
  }
}

export function savePin(chain: string, round: number, committee: string): void {
  try {
    globalThis.localStorage.setItem(key(chain, round), JSON.stringify({ round, committee } satisfies Pin));
  } catch {
    // Without storage every check begins at genesis.
  }
}
