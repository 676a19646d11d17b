/** What somebody left in the storage of the browser, or an older page: no page is ever disabled by it. */

import { screen, within } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeUrl, pageBase, settleNode } from '../api/client';
import { fixedWhen } from '../test/when';
import { renderAt, startNode } from '../test/render';

const KEYS = [
  'node',
  'wallets',
  'sent',
  'addresses',
  'language',
  'theme',
  'favourites',
  'shown',
  'idle',
  'active',
  'gain',
  'introduced',
  'notify',
];
const VALUES = [
  '',
  'null',
  '{}',
  '[null, 1, {"kind":"watch","label":1}]',
  '__proto__',
  '-1',
  '\u202e<b>',
  '[[',
];

beforeEach(() => {
  localStorage.clear();
  startNode();
});
afterEach(() => vi.unstubAllGlobals());

describe('planted values', () => {
  it.each(VALUES)('disable no page: %j', async (value) => {
    for (const path of ['/', '/miners', '/position', '/wallet', '/network']) {
      for (const key of KEYS) localStorage.setItem(`etm.${key}`, value);
      const page = await renderAt(path);
      expect(await screen.findByRole('heading', { level: 1 })).toBeTruthy();
      expect(page.container.querySelector('main .notice.bad')).toBeNull();
      page.unmount();
    }
  });

  it('change nothing about whom a page asks that comes from a node', async () => {
    localStorage.setItem('etm.node', 'http://elsewhere.example');
    await settleNode();
    expect(nodeUrl()).toBe(pageBase());
  });
});

describe('a time', () => {
  it('of what has happened is never ahead, whatever two clocks say', () => {
    expect(fixedWhen(1000, 400)).toBe('just now');
    expect(fixedWhen(1000, 1999)).toBe('just now');
    expect(fixedWhen(1000, 4000)).toBe('3\u00a0sec ago');
  });
});

describe('a table', () => {
  it('names each figure for the cards of a phone, and says which words mean what', async () => {
    await renderAt('/blocks');
    const row = (await screen.findAllByRole('row'))[1]!;
    const named = within(row)
      .getAllByRole('cell')
      .map((cell) => cell.getAttribute('data-name'));
    expect(named).toEqual([
      'Height',
      'Round',
      'Slot',
      'Producer',
      'Missed before it',
      'Transactions',
      'Time',
    ]);
    expect(screen.getByRole('button', { name: 'What is: Round' })).toBeTruthy();
  });
});
