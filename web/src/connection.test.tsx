/** What stands beside the name of the chain, once the feed of the node runs. */

import { screen } from '@testing-library/preact';
import { beforeEach, expect, it, vi } from 'vitest';
import { status } from './test/fixtures';
import { renderAt, startNode, type TestNode } from './test/render';

vi.mock(import('./live-context'), async (original) => ({
  ...(await original()),
  useLive: () => ({ connection: 'live', blocks: [] }) as const,
}));

let node: TestNode;

beforeEach(() => {
  localStorage.clear();
  node = startNode();
});

it.each([
  ['synced', 'live', true],
  ['stalled', 'no new blocks', false],
  ['behind', 'catching up', false],
] as const)(
  'a chain that is %s is told as “%s”, and is green only if it goes on',
  async (state, said, green) => {
    node.overrides.set('status', { ...status, sync: { ...status.sync, state } });
    await renderAt('/');
    const told = await screen.findByText(said);
    expect(told.previousElementSibling!.className).toBe(green ? 'dot on' : 'dot');
  },
);
