/** How unequally something is spread. Exact integers in; the figures are for print. */

/** The Gini coefficient in thousandths: 0 if all have the same, towards 1000 if one has everything. */
export function giniMilli(values: readonly bigint[]): number {
  const sorted = values.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  const total = sorted.reduce((sum, value) => sum + value, 0n);
  const count = BigInt(sorted.length);
  if (total === 0n || count === 0n) return 0;
  const weighted = sorted.reduce((sum, value, index) => sum + BigInt(index + 1) * value, 0n);
  return Number((1000n * (2n * weighted - (count + 1n) * total)) / (count * total));
}

/** How few of them together have more than `part` hundredths of everything; 0 if there is nothing. */
export function nakamoto(values: readonly bigint[], part: number): number {
  const total = values.reduce((sum, value) => sum + value, 0n);
  if (total === 0n) return 0;
  const largest = values.toSorted((left, right) => (left > right ? -1 : left < right ? 1 : 0));
  let sum = 0n;
  let few = 0;
  for (const value of largest) {
    sum += value;
    few += 1;
    if (sum * 100n > total * BigInt(part)) break;
  }
  return few;
}
