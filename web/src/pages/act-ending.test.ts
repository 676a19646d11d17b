import { describe, expect, it } from 'vitest';
import type { Account, Parameters } from '../api/types';
import { account, parameters } from '../test/fixtures';
import { vectors } from '../test/vectors';
import { type Ending, endingOf, type Seat } from './act-ending';

interface File {
  readonly parameters: Partial<Parameters>;
  readonly cases: readonly {
    readonly devnet: boolean;
    readonly account: Partial<Account>;
    readonly seat: Seat;
    readonly ending: Ending | null;
  }[];
}

describe('the end of a round that a node tells', () => {
  const { parameters: rules, cases } = vectors('endings/cases.json') as File;

  it('is judged as the wallet judges it', () => {
    expect(cases.length).toBeGreaterThan(400);
    for (const { devnet, account: told, seat, ending } of cases) {
      const chain = { ...parameters.chain, devnet };
      const found = endingOf({ ...account, ...told }, { ...parameters, ...rules, chain }, seat);
      expect(found, JSON.stringify(told)).toEqual(ending);
    }
  });
});
