import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const pathOf = (path: string) => resolve(import.meta.dirname, '../../../vectors', path);

/** A golden file that the Rust code is held to as well. */
export function vectors(path: string): unknown {
  return JSON.parse(readFileSync(pathOf(path), 'utf8')) as unknown;
}

/** Which step refuses each byte of evidence with the bit `byte % 8` changed; nothing where no file tells. */
export function refusals(name: string, bytes: number): ((byte: number) => string | undefined) | undefined {
  const path = `refusals/${name}`;
  if (!existsSync(pathOf(path))) return undefined;
  const { refused } = vectors(path) as { refused: readonly (readonly [step: string, bytes: number])[] };
  const steps = refused.flatMap(([step, times]) => Array.from({ length: times }, () => step));
  if (steps.length !== bytes) throw new Error(`${path} tells of ${steps.length} bytes of ${bytes}`);
  return (byte) => steps[byte];
}
