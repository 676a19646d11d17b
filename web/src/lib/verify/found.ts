/** What the steps of a check find, as figures: the library says it in English, the page in the reader's language. */

import { ETM, formatAmount, groupDigits } from '../amount';

/** A plural of English. */
export const s = (count: string, one: string, more = `${one}s`) => `${count} ${count === '1' ? one : more}`;

/** English for each thing found. Amounts are in ETM, places count from 1. */
export const FOUND = {
  genesis: (name: string, chain: string) => `${name}, ${chain}`,
  walk: (rounds: string, from: string) => `${s(rounds, 'round')} from round ${from}`,
  evidence: (bytes: string) => s(bytes, 'byte'),
  committee: (members: string) => s(members, 'member'),
  headers: (blocks: string) => s(blocks, 'block'),
  certificate: (signed: string, members: string) => `${signed} of ${s(members, 'member')} signed`,
  receipts: (count: string) => s(count, 'receipt'),
  carry: (amount: string) => `${amount}${ETM}`,
  drawn: (members: string) => s(members, 'member'),
  candidates: (count: string) => s(count, 'candidate'),
  slots: (taken: string, missed: string) => `${s(taken, 'slot')} taken, ${missed} missed`,
  slotsMany: (taken: string, missed: string) =>
    `${s(taken, 'slot')} taken, ${missed} missed, too many to tell by whom`,
  beacons: (last: string) => last,
  lucky: (place: string, name: string) => `place ${place}: ${name}`,
  pools: (count: string, each: string, extra: string) =>
    `${s(count, 'pool')} of ${each}${ETM}, ${extra}${ETM} on top for the lucky member`,
  fees: (share: string) => `${share}${ETM} a block`,
  draw: (picked: string, candidates: string) => `${picked} of ${s(candidates, 'candidate')}`,
  kept: (candidates: string) => `too few of ${s(candidates, 'candidate')}: the committee serves again`,
};

export type FoundKind = keyof typeof FOUND;

export interface Found {
  readonly kind: FoundKind;
  /** As they are printed, in the order in which the text takes them. */
  readonly figures: readonly string[];
}

/** Counts are grouped; amounts are bigints and printed in ETM; texts stay. */
export function found(kind: FoundKind, ...figures: readonly (string | number | bigint)[]): Found {
  const print = (figure: string | number | bigint) =>
    typeof figure === 'bigint'
      ? formatAmount(figure, { group: ',' })
      : typeof figure === 'number'
        ? groupDigits(String(figure))
        : figure;
  return { kind, figures: figures.map(print) };
}

/** Says it in the words given, which are English unless said otherwise. */
export function sayFound(
  { kind, figures }: Found,
  words: Readonly<Record<FoundKind, (...figures: string[]) => string>> = FOUND,
): string {
  return words[kind](...figures);
}
