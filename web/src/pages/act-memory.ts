/** What was typed into the forms and not sent yet, while the page is open: a look at a miner, and Back, must not cost it. */

import type { Action, Fields } from './act-draft';

const kept = new Map<string, Partial<Fields>>();

export function keptDraft(address: string, action: Action): Partial<Fields> | null {
  return kept.get(`${address} ${action}`) ?? null;
}

export function keepDraft(address: string, action: Action, fields: Partial<Fields>): void {
  // Keys are secrets of a node: they stay in their form.
  kept.set(`${address} ${action}`, { ...fields, keys: '' });
}

export function forgetDraft(address: string, action: Action): void {
  kept.delete(`${address} ${action}`);
}
