import { expect, it } from 'vitest';
import { vectors } from '../../test/vectors';
import { fromHex } from '../bytes';
import { chainIdOf, readGenesis } from './genesis';

interface Case {
  readonly what: string;
  readonly canonical: string;
  readonly chain: string;
  /** Of the committees of rounds 0 and 1; null where it is no genesis. */
  readonly roots: readonly [string, string] | null;
}

it.each(vectors('genesis/cases.json') as Case[])('genesis, $what', ({ canonical, chain, roots }) => {
  const bytes = fromHex(canonical);
  expect(chainIdOf(bytes)).toBe(chain);
  if (roots === null) expect(() => readGenesis(bytes, chain)).toThrow();
  else expect(readGenesis(bytes, chain).known.roots).toEqual(roots);
});
