import { act, render, screen, waitFor } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryEntries } from '../test/entries';
import { ADDRESS } from '../test/fixtures';
import { renderAt, startNode } from '../test/render';
import { Link, RouterContext } from './link';
import { hrefOf, placeOf } from './place';
import { Router } from './router';
import { PAGES } from './pages';
import { type Path, ROUTES } from './paths';

beforeEach(() => {
  localStorage.clear();
  startNode();
});
afterEach(() => vi.restoreAllMocks());

describe('an address', () => {
  it('of every page is read as it was written, whatever the variable parts are', () => {
    for (const route of Object.keys(ROUTES) as Path[]) {
      fc.assert(
        fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), (text) => {
          const names = [...route.matchAll(/\$([a-z]+)/g)].map((found) => found[1]!);
          const params = Object.fromEntries(names.map((name) => [name, text]));
          const place = placeOf(hrefOf(route, params));
          expect(place.route).toBe(route);
          expect(place.params).toEqual(params);
        }),
      );
    }
  });

  it('may be anything, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { route } = placeOf(text);
        expect(route === null || Object.hasOwn(ROUTES, route)).toBe(true);
      }),
    );
    expect(placeOf('/miners/%E0%A4%A').route).toBeNull();
    expect(placeOf('/nowhere').route).toBeNull();
    expect(placeOf('/__proto__').route).toBeNull();
  });

  it('has only the parts its page reads, short ones, and older links’ figures without quotes', () => {
    const place = placeOf(`/vote?do=vote&miner="4"&evil=1&memo=${'x'.repeat(201)}`);
    expect(place.search).toEqual({ do: 'vote', miner: '4' });
  });
});

describe('the page shown', () => {
  it('is the one asked for last, even if an earlier one arrives later', async () => {
    let release: (page: () => null) => void = () => undefined;
    const late = new Promise<() => null>((done) => (release = done));
    vi.spyOn(PAGES, '/offline').mockReturnValue(late as never);
    const router = new Router(PAGES, memoryEntries('/'));
    await router.load();
    router.navigate({ to: '/offline' });
    expect(router.snapshot().place.route, 'nothing takes its place before it is there').toBe('/');
    router.navigate({ to: '/network' });
    await waitFor(() => expect(router.snapshot().place.route).toBe('/network'));
    release(() => null);
    await late;
    await Promise.resolve();
    expect(router.snapshot().place.route).toBe('/network');
  });

  it('that could not be fetched is said to be missing, and can be asked for again', async () => {
    const load = vi.spyOn(PAGES, '/search').mockRejectedValueOnce(new TypeError('gone'));
    await renderAt('/search?q=x');
    const retry = await screen.findByRole('button', { name: 'Try again' });
    // A node of another version has no such part any more: then it is the page that has to be loaded anew.
    expect(screen.getByText(/may be of different versions/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Reload the page' })).toBeTruthy();
    expect(screen.getByRole('navigation', { name: 'Main' })).toBeTruthy();
    await userEvent.click(retry);
    expect(await screen.findByRole('heading', { name: 'Search' })).toBeTruthy();
    expect(load).toHaveBeenCalledTimes(2);
  });

  it.each(Object.entries(ROUTES) as [Path, { readonly under: string | null }][])(
    '%s is marked in the frame, once',
    async (route, { under }) => {
      const params: Readonly<Record<string, string>> = { address: ADDRESS, hash: 'ab'.repeat(32) };
      await renderAt(
        hrefOf(
          route,
          Object.fromEntries(
            [...route.matchAll(/\$([a-z]+)/g)].map(([, name = '']) => [name, params[name] ?? '1']),
          ),
        ),
      );
      const marked = [...document.querySelectorAll('[aria-current]')].map((link) => [
        link.getAttribute('href'),
        link.getAttribute('aria-current'),
        link.classList.contains('here'),
      ]);
      // What was searched for is nowhere in particular; every other page has its place.
      expect(under === null).toBe(route === '/search');
      expect(marked).toEqual(under === null ? [] : [[`#${under}`, under === route ? 'page' : 'true', true]]);
    },
  );

  it('that does not exist is said not to', async () => {
    await renderAt('/nowhere');
    expect(await screen.findByText('There is no such page.')).toBeTruthy();
    expect(document.querySelector('[aria-current]')).toBeNull();
  });

  it('begins at its top, and where it was left after Back; a changed filter leaves the scroll alone', async () => {
    const entries = memoryEntries('/miners');
    const router = new Router(PAGES, entries);
    await router.load();
    Object.defineProperty(globalThis, 'scrollY', { configurable: true, value: 640 });
    router.navigate({ search: { q: 'amber' }, replace: true, resetScroll: false });
    expect(router.snapshot().scrollTo).toBeNull();
    expect(router.snapshot().place.search['q']).toBe('amber');
    router.navigate({ to: '/miners/$miner', params: { miner: '4' } });
    await waitFor(() => expect(router.snapshot().place.params).toEqual({ miner: '4' }));
    expect(router.snapshot().scrollTo).toBe(0);
    entries.back();
    await waitFor(() => expect(router.snapshot().place.route).toBe('/miners'));
    expect(router.snapshot().scrollTo).toBe(640);
    expect(router.snapshot().place.search['q']).toBe('amber');
  });
});

describe('a link', () => {
  it('is a real address, opens in this window on a plain click only, and fetches its page when it is pointed at', async () => {
    const router = new Router(PAGES, memoryEntries('/'));
    const preload = vi.spyOn(router, 'preload');
    const go = vi.spyOn(router, 'go');
    render(
      <RouterContext value={router}>
        <Link to="/accounts/$address" params={{ address: 'a/b' }}>
          there
        </Link>
      </RouterContext>,
    );
    const link = screen.getByRole('link', { name: 'there' });
    expect(link.getAttribute('href')).toBe('#/accounts/a%2Fb');
    const user = userEvent.setup();
    await user.hover(link);
    expect(preload).toHaveBeenCalledWith('/accounts/$address');
    await user.keyboard('{Control>}');
    await user.click(link);
    await user.keyboard('{/Control}');
    expect(go).not.toHaveBeenCalled();
    await act(() => user.click(link));
    expect(go).toHaveBeenCalledWith('/accounts/a%2Fb');
  });
});
