/** What changed a position, in words: a halving or a day that changed nothing is not told as one that did. */

import type { TimelineEntry } from '../api/types';
import type { Text } from '../i18n/en';
import { requestText } from './request-text';

/** The time gain before and after; nothing if the entry began or ended the position. */
export function gainsOf({ before, after }: TimelineEntry): readonly [number, number] | readonly [] {
  return before == null || after == null ? [] : [before.time_gain, after.time_gain];
}

export function changeText(entry: TimelineEntry, t: Text): string {
  const { change } = entry;
  const [before, after] = gainsOf(entry);
  switch (change.kind) {
    case 'genesis':
      return t.position.change.genesis;
    case 'request': {
      const what = requestText(change.request, t);
      return change.applied ? t.position.change.request(what) : t.position.change.requestVoid(what);
    }
    case 'halving': {
      const times = change.blocks.length;
      // At its lowest nothing is halved, and what would go below it stops there.
      if (before === 1 && after === 1) return t.position.change.halvingAtLowest(change.miner.name);
      return before !== undefined && after === 1 && times > Math.floor(Math.log2(before))
        ? t.position.change.halvingToLowest(change.miner.name, times)
        : t.position.change.halving(change.miner.name, times);
    }
    case 'day':
      if (before !== undefined && before === after) return t.position.change.dayAtHighest;
      return t.position.change.day(
        String(before === undefined || after === undefined ? change.days : after - before),
        String(change.days),
      );
    case 'miner_resigned':
      return t.position.change.miner_resigned(change.miner.name);
  }
}
