/** How a check reports: one line a step, green, red, or honestly not checked. */

/** What is proved before a round is looked at: where its committee comes from. */
export const WAY_KEYS = ['genesis', 'walk'] as const;

/** The steps of docs/verify.md section 6, in order: each takes what the ones before it proved. */
export const ROUND_KEYS = [
  'evidence',
  'committee',
  'headers',
  'certificate',
  'receipts',
  'carry',
  'drawn',
  'candidates',
  'slots',
  'beacons',
  'lucky',
  'pools',
  'fees',
  'draw',
] as const;

export const STEP_KEYS = [...WAY_KEYS, ...ROUND_KEYS] as const;
export type StepKey = (typeof STEP_KEYS)[number];

export interface Step<Key extends string = StepKey> {
  readonly key: Key;
  readonly state: 'ok' | 'bad';
  /** What was found, or what differs. In English and figures. */
  readonly detail: string;
}

/** A step does not hold; the message says what differs. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';
}

/** Throws unless two figures are the same. */
export function expectSame(
  what: string,
  found: string | number | bigint,
  expected: string | number | bigint,
): void {
  if (found !== expected) {
    throw new Mismatch(`${what}: the node says ${String(found)}, it should be ${String(expected)}`);
  }
}

/** Throws unless something holds. */
export function expectThat(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Mismatch(message);
}

/** A figure that a person reads; those of a chain stay far below 2^53. */
export function figure(what: string, value: bigint): number {
  expectThat(value <= BigInt(Number.MAX_SAFE_INTEGER), `${what}: ${value.toString()} is above 2^53`);
  return Number(value);
}

/** Takes one step: what it finds, and how it says so. */
export type Take<Key extends string> = <T>(key: Key, check: () => readonly [T, string]) => T;

export type InSteps<Key extends string, T> =
  | { readonly holds: true; readonly steps: readonly Step<Key>[]; readonly found: T }
  | { readonly holds: false; readonly steps: readonly Step<Key>[]; readonly failed: Step<Key> };

class Failed extends Error {}

/** Runs a check. The first step that fails ends it; `report` hears each step as it is done. Nothing is thrown. */
export function inSteps<Key extends string, T>(
  report: (step: Step<Key>) => void,
  check: (take: Take<Key>) => T,
): InSteps<Key, T> {
  const steps: Step<Key>[] = [];
  const tell = (step: Step<Key>) => {
    steps.push(step);
    report(step);
  };
  try {
    const found = check((key, one) => {
      try {
        const [result, detail] = one();
        tell({ key, state: 'ok', detail });
        return result;
      } catch (error) {
        tell({ key, state: 'bad', detail: error instanceof Error ? error.message : String(error) });
        throw new Failed();
      }
    });
    return { holds: true, steps, found };
  } catch (error) {
    const failed = steps.at(-1);
    if (!(error instanceof Failed) || failed === undefined) throw error;
    return { holds: false, steps, failed };
  }
}
