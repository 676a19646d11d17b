/** The addresses of the pages. */

/** What an address may have beside its path. */
export interface Route {
  /** The parts behind the `?` that the page reads; everything else there is dropped. */
  readonly search?: readonly string[];
}

export const ROUTES = {
  '/': {},
  '/miners': { search: ['tab', 'sort', 'order', 'q', 'amount', 'gain'] },
  '/compare': { search: ['ids', 'amount', 'gain'] },
  '/miners/$miner': { search: ['amount', 'gain'] },
  '/position': { search: ['paid'] },
  '/accounts/$address': { search: ['paid'] },
  '/vote': { search: ['do', 'miner', 'to', 'amount', 'memo', 'step'] },
  '/rounds': {},
  '/rounds/$round': {},
  '/blocks': {},
  '/blocks/$block': {},
  '/transactions/$hash': {},
  '/network': {},
  '/wallet': {},
  '/offline': {},
  '/help': {},
  '/search': { search: ['q'] },
} as const satisfies Readonly<Record<string, Route>>;

export type Path = keyof typeof ROUTES;

/** The names of the variable parts of a path. */
export type ParamOf<P extends string> = P extends `${string}$${infer Name}` ? Name : never;
