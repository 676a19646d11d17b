import { describe, expect, it } from 'vitest';
import type { TimelineEntry } from '../api/types';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { changeText } from './timeline-text';

const miner = { id: 3, name: 'cedar' };

function entry(change: object, before: number, after: number): TimelineEntry {
  const position = (gain: number) => ({ locked: '100', time_gain: gain, miner });
  return { change, before: position(before), after: position(after) } as unknown as TimelineEntry;
}

const halving = (blocks: number, before: number, after: number) =>
  entry({ kind: 'halving', miner, blocks: Array.from({ length: blocks }, (_, i) => i) }, before, after);

describe('what changed a position', () => {
  it.each([
    [halving(1, 32, 16), 'Halved once: cedar added a block'],
    [halving(2, 32, 8), 'Halved 2 times: cedar added 2 blocks'],
    [halving(5, 32, 1), 'Halved 5 times: cedar added 5 blocks'],
    // What stood at 2 was halved once, not eight times.
    [halving(8, 2, 1), 'Halved to 1, the lowest: cedar added 8 blocks'],
    [halving(6, 32, 1), 'Halved to 1, the lowest: cedar added 6 blocks'],
    [halving(2, 3, 1), 'Halved to 1, the lowest: cedar added 2 blocks'],
    [halving(1, 3, 1), 'Halved once: cedar added a block'],
    [halving(3, 1, 1), 'cedar added blocks; the time gain stays at 1, its lowest'],
    [entry({ kind: 'day', days: 1 }, 4, 5), '+1 for 1 day that passed'],
    [entry({ kind: 'day', days: 3 }, 31, 32), '+1 for 3 days that passed'],
    [entry({ kind: 'day', days: 1 }, 32, 32), 'A day passed; the time gain stays at 32, its highest'],
  ])('is told as it was: %#', (change, text) => {
    expect(changeText(change, en)).toBe(text);
    expect(changeText(change, zh)).not.toBe('');
  });
});
