/** The whole page on a node made of constants. */

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/preact';
import { vi } from 'vitest';
import { initialLanguage, LanguageProvider, loadLanguage } from '../i18n';
import { RouterContext } from '../router/link';
import { PAGES } from '../router/pages';
import { Router } from '../router/router';
import { Shell } from '../shell';
import { WalletProvider } from '../wallet/context';
import { WalletStore } from '../wallet/store';
import { memoryEntries } from './entries';
import { answerOf } from './fixtures';

export interface Posted {
  readonly path: string;
  readonly body: unknown;
}

export interface TestNode {
  /** What was posted so far. */
  readonly posted: Posted[];
  /** Every request, as `METHOD url body`. */
  readonly requests: string[];
  /** Answers of single routes, instead of the fixtures'. */
  readonly overrides: Map<string, unknown>;
  /** What it refuses, and with what. */
  readonly refusals: Map<string, { readonly code: string; readonly message: string }>;
  /** What it does not keep. */
  readonly pruned: Set<string>;
  /** While true, nothing is answered at all. */
  down: boolean;
  /** What every answer waits for. */
  held: Promise<void> | null;
}

/** Puts a node made of constants behind `fetch`. */
export function startNode(): TestNode {
  const node: TestNode = {
    posted: [],
    requests: [],
    overrides: new Map(),
    refusals: new Map(),
    pruned: new Set(),
    down: false,
    held: null,
  };
  vi.stubGlobal('fetch', (input: string, init: RequestInit = {}) => {
    const url = new URL(input);
    const path = url.pathname.replace(/^\/api\/v1\//, '');
    const body = typeof init.body === 'string' ? init.body : '';
    node.requests.push(`${init.method ?? 'GET'} ${url.href} ${body}`);
    if (node.down) return Promise.reject(new TypeError('connection refused'));
    if (init.method === 'POST') node.posted.push({ path, body: JSON.parse(body) as unknown });
    const answer = node.overrides.has(path) ? node.overrides.get(path) : answerOf(path, url.searchParams);
    const refused = node.refusals.get(path);
    if (refused !== undefined) return Promise.resolve(Response.json({ error: refused }, { status: 400 }));
    if (node.pruned.has(path)) {
      const error = { code: 'pruned', message: 'the node keeps no history' };
      return Promise.resolve(Response.json({ error }, { status: 410 }));
    }
    const response =
      answer === undefined
        ? Response.json({ error: { code: 'not_found', message: `no ${path}` } }, { status: 404 })
        : Response.json(answer);
    return (node.held ?? Promise.resolve()).then(() => response);
  });
  return node;
}

/** What is virtual needs a size, which a page without layout doesn't have. */
export function giveSize(): void {
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 800 });
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1200 });
}

/** Renders the page at an address, with these wallets in the browser. */
export async function renderAt(
  path: string,
  store = new WalletStore(),
  queries = new QueryClient({ defaultOptions: { queries: { retry: false } } }),
) {
  const router = new Router(PAGES, memoryEntries(path));
  const [first] = await Promise.all([loadLanguage(initialLanguage()), router.load()]);
  return render(
    <QueryClientProvider client={queries}>
      <LanguageProvider first={first}>
        <WalletProvider store={store}>
          <RouterContext value={router}>
            <Shell />
          </RouterContext>
        </WalletProvider>
      </LanguageProvider>
    </QueryClientProvider>,
  );
}
