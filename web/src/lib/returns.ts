/** What an amount would earn: exact integers, rounded down for print. A year has 365 days of the chain. */

import { formatRatio } from './amount';
import { PERCENT } from './format';

export const DAYS_A_YEAR = 365n;

/** What a daily bonus is in a year, on the amount locked for it. */
export function yearlyPercent(perDay: bigint, amount: bigint): string {
  if (amount <= 0n) return `–${PERCENT}`;
  const decimals = perDay * DAYS_A_YEAR * 10n >= amount ? 1 : 2;
  if (perDay > 0n && perDay * DAYS_A_YEAR * 10_000n < amount) return `<\u00a00.01${PERCENT}`;
  return `${formatRatio(perDay * DAYS_A_YEAR * 100n, amount, decimals)}${PERCENT}`;
}
