/** How a check reports: one line a step, green, red, or honestly not checked. */

export const STEP_KEYS = [
  'genesis',
  'chain',
  'committee',
  'headers',
  'certificate',
  'slots',
  'vrf',
  'beacon',
  'bonus',
  'lucky',
  'weights',
  'draw',
  'announced',
] as const;
export type StepKey = (typeof STEP_KEYS)[number];

export interface Step {
  readonly key: StepKey;
  readonly state: 'ok' | 'bad' | 'skipped';
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
    throw new Mismatch(`${what}: the receipt says ${String(found)}, it should be ${String(expected)}`);
  }
}

/** Throws unless something holds. */
export function expectThat(holds: boolean, message: string): void {
  if (!holds) throw new Mismatch(message);
}

export type Verdict = 'holds' | 'incomplete' | 'fails';

/** What all steps say together: it holds only if every single one was checked and holds. */
export function verdict(steps: ReadonlyMap<StepKey, Step>): Verdict {
  if ([...steps.values()].some((step) => step.state === 'bad')) return 'fails';
  return STEP_KEYS.every((key) => steps.get(key)?.state === 'ok') ? 'holds' : 'incomplete';
}
