/** Lists that a node gives in pages: how much of one is read without being asked for page by page. */

import { Unreachable } from './client';

/** More miners than there can be on mainnet, where each holds a deposit of 1,000 of 500 million ETM. */
export const MINERS_MAX = 2 ** 19;

/** The most rows of any other list: ten years of rounds of mainnet. */
export const ROWS_MAX = 2 ** 20;

export interface PageOf<Row> {
  readonly rows: readonly Row[];
  /** How many rows there are, as the node says. */
  readonly total: number;
  readonly next: number | null | undefined;
}

/** A list of a node has no end, or another than the node said. */
function endless(told: string): Unreachable {
  return new Unreachable(`a list of the node does not end: ${told}`);
}

/**
 * All rows of a list. A node says with the first page how many there are, and pages are full until all of them came: neither rows nor
 * answers are waited for without end. `follows` says whether a page may stand where `next` names it, after the one before.
 */
export async function allRows<Row>(
  read: (from: number | null) => Promise<PageOf<Row>>,
  limit: number,
  max: number,
  follows: (next: number, before: number | null) => boolean,
): Promise<Row[]> {
  const rows: Row[] = [];
  let from: number | null = null;
  let most = 1;
  for (let answers = 0; ; answers += 1) {
    if (answers === most) throw endless(`${rows.length} rows in ${answers} pages of ${limit}`);
    const page = await read(from);
    if (answers === 0) {
      if (page.total > max) throw endless(`${page.total} rows are more than ${max}`);
      // The last may be short, and one before it where the node forgot what is older.
      most = Math.floor(page.total / limit) + 2;
    }
    for (const row of page.rows) rows.push(row);
    if (rows.length > Math.min(max, page.total)) throw endless(`${rows.length} rows of ${page.total}`);
    if (page.next == null || !follows(page.next, from)) return rows;
    from = page.next;
  }
}
