import { QueryClient } from '@tanstack/react-query';
import { act, screen, waitFor } from '@testing-library/preact';
import { options, type VNode } from 'preact';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { statusQuery } from './api/queries';
import { renderAt, startNode } from './test/render';

/** Preact calls this before it draws a component. */
const hooks = options as { __r?: ((vnode: VNode) => void) | undefined };
const original = hooks.__r;
let drawn: string[] = [];

beforeEach(() => {
  localStorage.clear();
  startNode();
  hooks.__r = (vnode) => {
    if (typeof vnode.type === 'function') drawn.push(vnode.type.name);
    original?.(vnode);
  };
});
afterEach(() => {
  hooks.__r = original;
});

it.each([
  ['/', 'Issued equals the schedule', 'RoundNow', ['OverviewPage', 'Chart', 'SupplySheet', 'Seats']],
  ['/miners', 'Fair order of round', 'Connection', ['MinersPage', 'MinersTable', 'MinersCards']],
  [
    '/network',
    'What this network does not protect against',
    'NodeFacts',
    ['NetworkPage', 'Concentration', 'PeersSheet'],
  ],
])('%s: a block draws anew only what shows it', async (path, loaded, shows, stands) => {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await renderAt(path, undefined, queries);
  expect((await screen.findAllByText(loaded, { exact: false })).length).toBeGreaterThan(0);
  expect(drawn).toContain(stands[0]);
  // All that was asked for has come and is drawn.
  await waitFor(() => {
    expect(document.querySelector('main .skeleton')).toBeNull();
    expect(queries.isFetching()).toBe(0);
  });
  await act(() => new Promise((done) => setTimeout(done)));
  // One more block, as the live feed tells of it.
  const block = async () => {
    drawn = [];
    queries.setQueryData(statusQuery.queryKey, (old) =>
      old === undefined ? old : { ...old, tip: { ...old.tip, height: old.tip.height + 1 } },
    );
    await waitFor(() => expect(drawn).toContain(shows));
    return ['Shell', ...stands].filter((name) => drawn.includes(name));
  };
  // Which rows are in view is noted once, a moment after they are there: that may fall into the first block.
  if ((await block()).length > 0) expect(await block()).toEqual([]);
});
