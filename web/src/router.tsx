/** The pages and their addresses. They stand behind `#`, so that any host of static files can serve them. */

import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  type RouterHistory,
} from '@tanstack/react-router';
import { type ReactElement, useEffect } from 'react';
import { useText } from './i18n';
import { AccountPage, PositionPage } from './pages/account';
import { ActPage } from './pages/act';
import { BlockPage, BlocksPage } from './pages/blocks';
import { MinerPage } from './pages/miner';
import { MinersPage } from './pages/miners';
import { NetworkPage } from './pages/network';
import { OverviewPage } from './pages/overview';
import { RoundPage, RoundsPage } from './pages/rounds';
import { SearchPage } from './pages/search';
import { TransactionPage } from './pages/transaction';
import { WalletPage } from './pages/wallet';
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
const route = <const Path extends string>(path: Path) => ({ getParentRoute: () => root, path }) as const;

const minersRoute = createRoute({
  ...route('/miners'),
  component: MinersPage,
  validateSearch: (search: Record<string, unknown>) => ({
    tab: addressText(search['tab']),
    sort: addressText(search['sort']),
    order: addressText(search['order']),
    q: addressText(search['q']),
  }),
});
const actRoute = createRoute({
  ...route('/vote'),
  component: ActPage,
  validateSearch: (search: Record<string, unknown>) => ({
    do: addressText(search['do']),
    miner: addressText(search['miner']),
    to: addressText(search['to']),
  }),
});
const searchRoute = createRoute({
  ...route('/search'),
  component: SearchPage,
  validateSearch: (search: Record<string, unknown>) => ({ q: addressText(search['q']) ?? '' }),
});

const tree = root.addChildren([
  createRoute({ ...route('/'), component: OverviewPage }),
  minersRoute,
  createRoute({ ...route('/miners/$miner'), component: MinerPage }),
  createRoute({ ...route('/position'), component: PositionPage }),
  createRoute({ ...route('/accounts/$address'), component: AccountPage }),
  actRoute,
  createRoute({ ...route('/rounds'), component: RoundsPage }),
  createRoute({ ...route('/rounds/$round'), component: RoundPage }),
  createRoute({ ...route('/blocks'), component: BlocksPage }),
  createRoute({ ...route('/blocks/$block'), component: BlockPage }),
  createRoute({ ...route('/transactions/$hash'), component: TransactionPage }),
  createRoute({ ...route('/network'), component: NetworkPage }),
  createRoute({ ...route('/wallet'), component: WalletPage }),
  searchRoute,
]);

export function makeRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({ routeTree: tree, history, defaultErrorComponent: Broken });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
