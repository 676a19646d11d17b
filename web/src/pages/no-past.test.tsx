import { screen } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as format from '../lib/format';
import { ADDRESS, answerOf } from '../test/fixtures';
import { giveSize, renderAt, startNode, type TestNode } from '../test/render';

const NOTE = /^This node keeps no history/;
let node: TestNode;

/** A node that began with a snapshot: what it does not know is nought or absent in its answers. */
beforeEach(() => {
  localStorage.clear();
  node = startNode();
  giveSize();
  const none = {
    locked: '0',
    voters: 0,
    recent: '',
    seats: 0,
    expected_seats_micro: 0,
    seats_deviation_micro: 0,
    last_block: null,
  };
  const page = answerOf('miners', new URLSearchParams()) as { miners: object[] };
  const miners = page.miners.map((miner) => ({ ...miner, ...none }));
  node.overrides.set('miners', { ...page, miners, past: false });
  const detail = answerOf('miners/3', new URLSearchParams()) as object;
  node.overrides.set('miners/3', { ...detail, ...none, past: false, voters_by_size: [], seats_total: 0 });
});

describe('of a node without a history', () => {
  it('the table of miners has what is known, and says what is not', async () => {
    await renderAt('/miners');
    await screen.findByText('rn_node.0o');
    expect(screen.getByText(NOTE)).toBeTruthy();
    const headings = screen.getAllByRole('columnheader').map((heading) => heading.textContent);
    for (const known of ['Chance of a seat', 'Votes']) expect(headings.join()).toContain(known);
    for (const unknown of ['Seats / expected', 'Last 100 rounds'])
      expect(headings.join()).not.toContain(unknown);
    expect(screen.getAllByRole('link', { name: /^Vote for/ }).length).toBeGreaterThan(5);
    expect(screen.queryByRole('tab', { name: /Not elected lately/ })).toBeNull();
    const save = vi.spyOn(format, 'saveFile').mockImplementation(() => undefined);
    await userEvent.click(screen.getByRole('button', { name: 'Export CSV' }));
    await vi.waitFor(() => expect(save).toHaveBeenCalled());
    const [heads] = String(save.mock.calls[0]![2]).split('\n');
    expect(heads).toContain('Chance of a seat');
    expect(heads).not.toContain('Voters');
  });

  it('a miner has no figure of what was', async () => {
    await renderAt('/miners/3');
    await screen.findByText(NOTE);
    expect(screen.getByText('Chance of a seat')).toBeTruthy();
    for (const unknown of [
      'Seats so far',
      'Rewards so far',
      'Bonus to its voters so far',
      'Its voters by size of position',
    ]) {
      expect(screen.queryByText(unknown), unknown).toBeNull();
    }
  });

  it('miners are compared by what is known', async () => {
    await renderAt('/compare?ids=0,1');
    await screen.findByText(NOTE);
    expect(screen.getByRole('rowheader', { name: 'Chance of a seat' })).toBeTruthy();
    expect(screen.queryByRole('rowheader', { name: 'Voters' })).toBeNull();
  });

  it('a page of what was says so calmly: nothing is wrong, and asking again changes nothing', async () => {
    node.pruned.add('rounds');
    await renderAt('/rounds');
    const said = await screen.findByText(/^This node does not keep this/);
    expect(said.closest('.notice')?.className.trim()).toBe('notice');
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  });
});

describe('of a node that began with a snapshot', () => {
  const SINCE = 'This node began with a snapshot: it counts from round 2 on.';

  /** Its answers, none of which has what was before round 2. */
  function begun(paths: readonly string[], none: object = {}): void {
    for (const path of paths) {
      const answer = answerOf(path, new URLSearchParams()) as object;
      node.overrides.set(path, { ...answer, ...none, counted_from: 2 });
    }
  }

  it('an account says since when its rows are told and its sum counts', async () => {
    begun(['bonus', 'timeline', 'transactions'].map((list) => `accounts/${ADDRESS}/${list}`));
    await renderAt(`/accounts/${ADDRESS}`);
    await screen.findByText(/^Earned since round 2/);
    expect(screen.queryByText(/^Earned in all/)).toBeNull();
    await vi.waitFor(() => expect(screen.getAllByText(new RegExp(`^${SINCE}`)).length).toBe(3));
  });

  it('no list says that there was nothing', async () => {
    const none = { rounds: [], entries: [], transactions: [], total: 0, total_earned: '0' };
    begun(
      ['bonus', 'timeline', 'transactions'].map((list) => `accounts/${ADDRESS}/${list}`),
      none,
    );
    await renderAt(`/accounts/${ADDRESS}`);
    await vi.waitFor(() => expect(screen.getAllByText(new RegExp(`^${SINCE}`)).length).toBe(4));
    for (const nothing of [/^No round has finished/, /^Nothing has changed/, /^No transactions/])
      expect(screen.queryByText(nothing), String(nothing)).toBeNull();
  });

  it('a miner says since when its sums count, and not that it is from genesis', async () => {
    node.overrides.clear();
    begun(['miners/3'], { registered_height: null, last_block: null, past: true });
    await renderAt('/miners/3');
    await screen.findByText(new RegExp(`^${SINCE}`));
    expect(screen.getByText('Rewards so far')).toBeTruthy();
    expect(screen.queryByText('Registered at block')).toBeNull();
    expect(screen.queryByText('Last block')).toBeNull();
  });
});
