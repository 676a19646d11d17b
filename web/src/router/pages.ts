/** The pages. Every one is fetched when it is first wanted: what opens the page is small. */

import type { ComponentType } from 'react';
import type { Path } from './paths';

/** Fetches a page. */
export type Load = () => Promise<ComponentType>;

export const PAGES: Record<Path, Load> = {
  '/': () => import('../pages/overview').then((page): ComponentType => page.OverviewPage),
  '/miners': () => import('../pages/miners').then((page): ComponentType => page.MinersPage),
  '/compare': () => import('../pages/compare').then((page): ComponentType => page.ComparePage),
  '/miners/$miner': () => import('../pages/miner').then((page): ComponentType => page.MinerPage),
  '/position': () => import('../pages/account').then((page): ComponentType => page.PositionPage),
  '/accounts/$address': () => import('../pages/account').then((page): ComponentType => page.AccountPage),
  '/vote': () => import('../pages/act').then((page): ComponentType => page.ActPage),
  '/rounds': () => import('../pages/rounds').then((page): ComponentType => page.RoundsPage),
  '/rounds/$round': () => import('../pages/rounds').then((page): ComponentType => page.RoundPage),
  '/blocks': () => import('../pages/blocks').then((page): ComponentType => page.BlocksPage),
  '/blocks/$block': () => import('../pages/blocks').then((page): ComponentType => page.BlockPage),
  '/transactions/$hash': () =>
    import('../pages/transaction').then((page): ComponentType => page.TransactionPage),
  '/network': () => import('../pages/network').then((page): ComponentType => page.NetworkPage),
  '/wallet': () => import('../pages/wallet').then((page): ComponentType => page.WalletPage),
  '/offline': () => import('../pages/offline').then((page): ComponentType => page.OfflinePage),
  '/help': () => import('../pages/help').then((page): ComponentType => page.HelpPage),
  '/search': () => import('../pages/search').then((page): ComponentType => page.SearchPage),
};
