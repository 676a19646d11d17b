import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A golden file that the Rust code is held to as well. */
export function vectors(path: string): unknown {
  return JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../vectors', path), 'utf8')) as unknown;
}
