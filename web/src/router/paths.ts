/** The addresses of the pages. */

/** What an address may have beside its path. */
export interface Route {
  /** The link of the frame that leads to it or above it, which is marked; null if none does. */
  readonly under: string | null;
  /** The parts behind the `?` that the page reads; everything else there is dropped. */
  readonly search?: readonly string[];
}

export const ROUTES = {
  '/': { under: '/' },
  '/miners': { under: '/miners', search: ['tab', 'sort', 'order', 'q', 'amount', 'gain'] },
  '/compare': { under: '/miners', search: ['ids', 'amount', 'gain'] },
  '/miners/$miner': { under: '/miners', search: ['amount', 'gain'] },
  '/position': { under: '/position', search: ['paid'] },
  '/accounts/$address': { under: '/position', search: ['paid'] },
  '/vote': { under: '/vote', search: ['do', 'miner', 'to', 'amount', 'memo', 'step'] },
  '/rounds': { under: '/rounds' },
  '/rounds/$round': { under: '/rounds' },
  '/blocks': { under: '/blocks' },
  '/blocks/$block': { under: '/blocks' },
  '/transactions/$hash': { under: '/blocks' },
  '/network': { under: '/network' },
  '/wallet': { under: '/wallet' },
  '/offline': { under: '/vote' },
  '/help': { under: '/help' },
  '/search': { under: null, search: ['q'] },
} as const satisfies Readonly<Record<string, Route>>;

export type Path = keyof typeof ROUTES;

/** The names of the variable parts of a path. */
export type ParamOf<P extends string> = P extends `${string}$${infer Name}` ? Name : never;
