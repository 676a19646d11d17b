/** The pages and their addresses. Every page is fetched when it is first wanted: what opens the page is small. */

import type { ComponentType } from 'react';

type Loaded = Promise<ComponentType>;

/** `load` fetches the page; `search` names the parts of the address behind the `?` that it reads, everything else there is dropped. */
export interface Route {
  readonly load: () => Loaded;
  readonly search?: readonly string[];
}

export const ROUTES = {
  '/': { load: () => import('../pages/overview').then((page): ComponentType => page.OverviewPage) },
  '/miners': {
    load: () => import('../pages/miners').then((page): ComponentType => page.MinersPage),
    search: ['tab', 'sort', 'order', 'q', 'amount', 'gain'],
  },
  '/compare': {
    load: () => import('../pages/compare').then((page): ComponentType => page.ComparePage),
    search: ['ids', 'amount', 'gain'],
  },
  '/miners/$miner': {
    load: () => import('../pages/miner').then((page): ComponentType => page.MinerPage),
    search: ['amount', 'gain'],
  },
  '/position': {
    load: () => import('../pages/account').then((page): ComponentType => page.PositionPage),
    search: ['paid'],
  },
  '/accounts/$address': {
    load: () => import('../pages/account').then((page): ComponentType => page.AccountPage),
    search: ['paid'],
  },
  '/vote': {
    load: () => import('../pages/act').then((page): ComponentType => page.ActPage),
    search: ['do', 'miner', 'to', 'amount', 'memo', 'step'],
  },
  '/rounds': { load: () => import('../pages/rounds').then((page): ComponentType => page.RoundsPage) },
  '/rounds/$round': { load: () => import('../pages/rounds').then((page): ComponentType => page.RoundPage) },
  '/blocks': { load: () => import('../pages/blocks').then((page): ComponentType => page.BlocksPage) },
  '/blocks/$block': { load: () => import('../pages/blocks').then((page): ComponentType => page.BlockPage) },
  '/transactions/$hash': {
    load: () => import('../pages/transaction').then((page): ComponentType => page.TransactionPage),
  },
  '/network': { load: () => import('../pages/network').then((page): ComponentType => page.NetworkPage) },
  '/wallet': { load: () => import('../pages/wallet').then((page): ComponentType => page.WalletPage) },
  '/offline': { load: () => import('../pages/offline').then((page): ComponentType => page.OfflinePage) },
  '/help': { load: () => import('../pages/help').then((page): ComponentType => page.HelpPage) },
  '/search': {
    load: () => import('../pages/search').then((page): ComponentType => page.SearchPage),
    search: ['q'],
  },
} as const satisfies Readonly<Record<string, Route>>;

export type Path = keyof typeof ROUTES;

/** The names of the variable parts of a path. */
export type ParamOf<P extends string> = P extends `${string}$${infer Name}` ? Name : never;
