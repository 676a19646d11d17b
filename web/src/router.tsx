/** The pages and their addresses. They stand behind `#`, so that any host of static files can serve them. */

import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  type RouterHistory,
} from '@tanstack/react-router';
import { type ReactElement, useEffect } from 'react';
import { useText } from './i18n';
import { Shell } from './shell';
import { addressText } from './ui/address-bar';
import { Failure, PageHead } from './ui/parts';
import { Link } from '@tanstack/react-router';

function NotFound(): ReactElement {
  const t = useText();
  return (
    <>
      <PageHead title={t.common.unknownPage} />
      <p>
        <Link to="/">{t.common.home}</Link>
      </p>
    </>
  );
}

function Broken({ error, reset }: ErrorComponentProps): ReactElement {
  useEffect(() => console.error(error), [error]);
  return <Failure error={error} onRetry={reset} />;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

/** Every page is fetched when it is first wanted: what opens the page is small. */
const route = <const Path extends string>(path: Path) => ({ getParentRoute: () => root, path }) as const;

/** Reads the named parts of what stands behind the `?`; everything else there is dropped. */
const searchOf =
  <const Name extends string>(...names: readonly Name[]) =>
  (search: Record<string, unknown>) =>
    Object.fromEntries(names.map((name) => [name, addressText(search[name])])) as Partial<
      Record<Name, string | undefined>
    >;

const tree = root.addChildren([
  createRoute({
    ...route('/'),
    component: lazyRouteComponent(() => import('./pages/overview'), 'OverviewPage'),
  }),
  createRoute({
    ...route('/miners'),
    component: lazyRouteComponent(() => import('./pages/miners'), 'MinersPage'),
    validateSearch: searchOf('tab', 'sort', 'order', 'q', 'amount', 'gain'),
  }),
  createRoute({
    ...route('/compare'),
    component: lazyRouteComponent(() => import('./pages/compare'), 'ComparePage'),
    validateSearch: searchOf('ids', 'amount', 'gain'),
  }),
  createRoute({
    ...route('/miners/$miner'),
    component: lazyRouteComponent(() => import('./pages/miner'), 'MinerPage'),
    validateSearch: searchOf('amount', 'gain'),
  }),
  createRoute({
    ...route('/position'),
    component: lazyRouteComponent(() => import('./pages/account'), 'PositionPage'),
    validateSearch: searchOf('paid'),
  }),
  createRoute({
    ...route('/accounts/$address'),
    component: lazyRouteComponent(() => import('./pages/account'), 'AccountPage'),
    validateSearch: searchOf('paid'),
  }),
  createRoute({
    ...route('/vote'),
    component: lazyRouteComponent(() => import('./pages/act'), 'ActPage'),
    validateSearch: searchOf('do', 'miner', 'to', 'amount', 'memo', 'step'),
  }),
  createRoute({
    ...route('/rounds'),
    component: lazyRouteComponent(() => import('./pages/rounds'), 'RoundsPage'),
  }),
  createRoute({
    ...route('/rounds/$round'),
    component: lazyRouteComponent(() => import('./pages/rounds'), 'RoundPage'),
  }),
  createRoute({
    ...route('/blocks'),
    component: lazyRouteComponent(() => import('./pages/blocks'), 'BlocksPage'),
  }),
  createRoute({
    ...route('/blocks/$block'),
    component: lazyRouteComponent(() => import('./pages/blocks'), 'BlockPage'),
  }),
  createRoute({
    ...route('/transactions/$hash'),
    component: lazyRouteComponent(() => import('./pages/transaction'), 'TransactionPage'),
  }),
  createRoute({
    ...route('/network'),
    component: lazyRouteComponent(() => import('./pages/network'), 'NetworkPage'),
  }),
  createRoute({
    ...route('/wallet'),
    component: lazyRouteComponent(() => import('./pages/wallet'), 'WalletPage'),
  }),
  createRoute({
    ...route('/offline'),
    component: lazyRouteComponent(() => import('./pages/offline'), 'OfflinePage'),
  }),
  createRoute({
    ...route('/search'),
    component: lazyRouteComponent(() => import('./pages/search'), 'SearchPage'),
    validateSearch: searchOf('q'),
  }),
]);

/** What stands behind the `?` is text: `?miner=4` is the link of miner 4, without quotes. */
function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

export function makeRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({
    routeTree: tree,
    history,
    defaultErrorComponent: Broken,
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPreload: 'intent',
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
