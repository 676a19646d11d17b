/** How a check reports: one line a step, green, red, or honestly not checked. */

import { type Fault, fault, type FaultKind, faultOf, inEtm, Mismatch, sayFault } from './faults';
import { type Found, sayFound } from './found';
import type { StepKey } from './step-keys';

/** A step; `detail` says in English what was found or what differs, `found` and `fault` say it to those who have other words. */
export type Step<Key extends string = StepKey> =
  { readonly key: Key; readonly state: 'ok'; readonly detail: string; readonly found?: Found } | Failure<Key>;

export interface Failure<Key extends string = StepKey> {
  readonly key: Key;
  readonly state: 'bad';
  readonly detail: string;
  readonly fault: Fault;
}

/** Throws unless two figures are the same. */
export function expectSame(
  what: Fault,
  found: string | number | bigint,
  expected: string | number | bigint,
): void {
  if (found !== expected) {
    throw new Mismatch(fault('differs', what, found, expected));
  }
}

/** The same for amounts, which people count in ETM. */
export function expectAmount(what: FaultKind | Fault, found: bigint, expected: bigint): void {
  expectSame(typeof what === 'string' ? fault(what) : what, inEtm(found), inEtm(expected));
}

/** Throws unless something holds. */
export function expectThat(
  holds: boolean,
  kind: FaultKind,
  ...figures: readonly (string | number | bigint | Fault)[]
): asserts holds {
  if (!holds) throw new Mismatch(fault(kind, ...figures));
}

/** A figure that a person reads; those of a chain stay far below 2^53. */
export function figure(what: Fault, value: bigint): number {
  expectThat(value <= BigInt(Number.MAX_SAFE_INTEGER), 'beyond', what, value);
  return Number(value);
}

/** Takes one step: what it finds, and how it says so. */
export type Take<Key extends string> = <T>(key: Key, check: () => readonly [T, Found | string]) => T;

export type InSteps<Key extends string, T> =
  | { readonly holds: true; readonly steps: readonly Step<Key>[]; readonly found: T }
  | { readonly holds: false; readonly steps: readonly Step<Key>[]; readonly failed: Failure<Key> };

class Failed<Key extends string> extends Error {
  readonly step: Failure<Key>;

  constructor(step: Failure<Key>) {
    super(step.detail);
    this.step = step;
  }
}

/** A finding as a step tells it. */
export function holding(found: Found): { readonly detail: string; readonly found: Found } {
  return { detail: sayFound(found), found };
}

/** A step that does not hold. */
export function failing<Key extends string>(key: Key, fault: Fault): Failure<Key> {
  return { key, state: 'bad', detail: sayFault(fault), fault };
}

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
        const [result, said] = one();
        tell({ key, state: 'ok', ...(typeof said === 'string' ? { detail: said } : holding(said)) });
        return result;
      } catch (error) {
        const failed = failing(key, faultOf(error));
        tell(failed);
        throw new Failed(failed);
      }
    });
    return { holds: true, steps, found };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return { holds: false, steps, failed: (error as Failed<Key>).step };
  }
}
