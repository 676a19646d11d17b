/** What the voting table is asked for. It lives in the address bar, so that a link shows what its sender saw. */

import type { MinersFilter } from '../api/queries';
import type { MinerSort, MinerTab, Order } from '../api/types';
import { type AmountProblem, parseAmount, UNITS_PER_ETM } from '../lib/amount';
import { readSetting, writeSetting } from '../lib/settings';
import type { AddressSearch } from '../ui/address-bar';
import { MINER_COLUMNS } from './miners-columns';

export const TABS = ['all', 'committee', 'announced', 'not_elected_lately', 'mine', 'favourites'] as const;
export type Tab = (typeof TABS)[number];
const AMOUNT_FIRST = 1000n * UNITS_PER_ETM;

export interface Wanted {
  readonly tab: Tab;
  readonly sort: MinerSort;
  readonly order: Order | null;
  /** The amount the estimate is for, in units, and what is wrong with the one typed. */
  readonly amount: bigint;
  readonly amountProblem: AmountProblem | 'zero' | null;
  readonly gain: number | null;
}

export function readAmount(text: string | undefined): Pick<Wanted, 'amount' | 'amountProblem'> {
  if (text === undefined || text === '') return { amount: AMOUNT_FIRST, amountProblem: null };
  const parsed = parseAmount(text);
  if (!parsed.ok) return { amount: AMOUNT_FIRST, amountProblem: parsed.problem };
  if (parsed.units === 0n) return { amount: AMOUNT_FIRST, amountProblem: 'zero' };
  return { amount: parsed.units, amountProblem: null };
}

export function readGain(text: string | undefined): number | null {
  const gain = Number(text);
  return text !== undefined && /^[0-9]{1,2}$/.test(text) && gain >= 1 && gain <= 32 ? gain : null;
}

export function wantedOf(search: AddressSearch): Wanted {
  const order = search['order'];
  return {
    tab: TABS.find((known) => known === search['tab']) ?? 'all',
    sort: MINER_COLUMNS.find((column) => column.sort === search['sort'])?.sort ?? 'fair',
    order: order === 'asc' || order === 'desc' ? order : null,
    gain: readGain(search['gain']),
    ...readAmount(search['amount']),
  };
}

export function filterOf(
  wanted: Wanted,
  q: string,
  favourites: ReadonlySet<number>,
  account: string | null,
  gain: number,
): MinersFilter {
  const tab: MinerTab = wanted.tab === 'favourites' ? 'all' : wanted.tab;
  return {
    sort: wanted.sort,
    order: wanted.order,
    tab,
    q: q.trim().slice(0, 64),
    ids: wanted.tab === 'favourites' ? [...favourites].join(',') : null,
    account,
    time_gain: gain,
    amount: wanted.amount.toString(),
  };
}

export function naturalOrder(sort: MinerSort | null): Order {
  return sort === 'rank' || sort === 'name' || sort === 'id' ? 'asc' : 'desc';
}

/** What a click on a column's heading asks for: its natural order, the other one, the fair order again. */
export function nextSort(
  { sort, order }: Pick<Wanted, 'sort' | 'order'>,
  column: MinerSort,
): { readonly sort: MinerSort | undefined; readonly order: Order | undefined } {
  if (sort !== column) return { sort: column, order: undefined };
  const natural = naturalOrder(column);
  if (order === null || order === natural) return { sort, order: natural === 'asc' ? 'desc' : 'asc' };
  return { sort: undefined, order: undefined };
}

export function readFavourites(): ReadonlySet<number> {
  const ids = (readSetting('favourites') ?? '').split(',').filter((id) => /^[0-9]{1,10}$/.test(id));
  return new Set(ids.slice(0, 500).map(Number));
}

export function toggled(favourites: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(favourites);
  if (!next.delete(id)) next.add(id);
  writeSetting('favourites', [...next].join(','));
  return next;
}

/** Which columns are shown, by id. */
export function readColumns(): Record<string, boolean> {
  const stored = readSetting('shown');
  const shown = stored === null ? null : new Set(stored.split(','));
  return Object.fromEntries(
    MINER_COLUMNS.map(({ id, standard }) => [id, id === 'name' || (shown?.has(id) ?? standard)]),
  );
}

export function toggledColumn(columns: Record<string, boolean>, id: string): Record<string, boolean> {
  const next = { ...columns, [id]: columns[id] !== true };
  const shown = Object.keys(next).filter((key) => next[key] === true);
  writeSetting('shown', shown.join(','));
  return next;
}
