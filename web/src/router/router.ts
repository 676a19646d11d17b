/**
 * Which page is shown. Addresses stand behind `#`, so that any host of static files can serve them. A page is fetched before it takes
 * the place of the one that is shown, so that nothing flickers in between; Back finds the scroll where it was.
 */

import type { ComponentType } from 'react';
import { hrefOf, type Place, placeOf, type Search } from './place';
import type { Path } from './paths';

/** The browser's history, or a test's. An entry has a key of its own. */
export interface Entries {
  readonly read: () => { readonly href: string; readonly key: string | null };
  readonly push: (href: string, key: string) => void;
  readonly replace: (href: string, key: string) => void;
  /** Calls back when the reader went elsewhere in it; returns how to stop that. */
  readonly listen: (listener: () => void) => () => void;
}

export const hashEntries: Entries = {
  read: () => {
    const state = globalThis.history.state as { readonly key?: unknown } | null;
    const key = typeof state?.key === 'string' ? state.key : null;
    return { href: globalThis.location.hash.replace(/^#/, '') || '/', key };
  },
  push: (href, key) => globalThis.history.pushState({ key }, '', `#${href}`),
  replace: (href, key) => globalThis.history.replaceState({ key }, '', `#${href}`),
  listen: (listener) => {
    globalThis.addEventListener('popstate', listener);
    return () => globalThis.removeEventListener('popstate', listener);
  },
};

export interface Shown {
  readonly place: Place;
  /** Null where there is no such page. */
  readonly Page: ComponentType | null;
  /** What went wrong while the page was fetched. */
  readonly failure: unknown;
  /** How far down to begin; null leaves the scroll alone. */
  readonly scrollTo: number | null;
  /** Counts up with every place shown. */
  readonly turn: number;
}

export interface Target {
  readonly to?: Path;
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: Search | ((before: Search) => Search);
  readonly replace?: boolean;
  /** Whether the new place is begun at its top; so it is unless said otherwise. */
  readonly resetScroll?: boolean;
}

/** Pages that were fetched. */
const fetched = new Map<Path, ComponentType>();

export class Router {
  readonly #pages: Readonly<Record<Path, () => Promise<ComponentType>>>;
  readonly #entries: Entries;
  #shown: Shown;
  #key: string;
  /** Where the reader had scrolled to, by the key of the entry. */
  readonly #scrolls = new Map<string, number>();
  /** The place asked for last: an earlier one that arrives late is not shown. */
  #asked = 0;
  #made = 0;
  readonly #listeners = new Set<() => void>();

  /** `pages` fetches each. */
  constructor(pages: Readonly<Record<Path, () => Promise<ComponentType>>>, entries: Entries = hashEntries) {
    this.#pages = pages;
    this.#entries = entries;
    const { href, key } = entries.read();
    this.#key = key ?? this.#newKey();
    if (key === null) entries.replace(href, this.#key);
    this.#shown = { place: placeOf(href), Page: null, failure: undefined, scrollTo: null, turn: 0 };
    entries.listen(() => this.#moved());
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Shown => this.#shown;

  #newKey(): string {
    this.#made += 1;
    return `${Date.now().toString(36)}.${this.#made}`;
  }

  async #fetch(path: Path): Promise<ComponentType> {
    const Page = await this.#pages[path]();
    fetched.set(path, Page);
    return Page;
  }

  /** Fetches and shows the page of the address bar. */
  async load(): Promise<void> {
    await this.#show(placeOf(this.#entries.read().href), null);
  }

  /** Fetches a page that is likely to be wanted. */
  readonly preload = (path: Path): void => {
    if (!fetched.has(path)) this.#fetch(path).catch(() => undefined);
  };

  readonly navigate = ({ to, params, search, replace = false, resetScroll = true }: Target): void => {
    const before = placeOf(this.#entries.read().href);
    const pattern = to ?? before.route ?? '/';
    const next = typeof search === 'function' ? search(before.search) : search;
    this.go(hrefOf(pattern, to === undefined ? before.params : params, next), replace, resetScroll);
  };

  readonly go = (href: string, replace = false, resetScroll = true): void => {
    if (href === this.#entries.read().href) replace = true;
    if (!replace) {
      this.#remember();
      this.#key = this.#newKey();
      this.#entries.push(href, this.#key);
    } else this.#entries.replace(href, this.#key);
    void this.#show(placeOf(href), resetScroll ? 0 : null);
  };

  #remember(): void {
    this.#scrolls.set(this.#key, globalThis.scrollY);
  }

  /** Back, forward, or another address typed. */
  #moved(): void {
    this.#remember();
    const { href, key } = this.#entries.read();
    this.#key = key ?? this.#newKey();
    if (key === null) this.#entries.replace(href, this.#key);
    void this.#show(placeOf(href), this.#scrolls.get(this.#key) ?? 0);
  }

  async #show(place: Place, scrollTo: number | null): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const { route } = place;
    let Page = route === null ? null : (fetched.get(route) ?? null);
    let failure: unknown;
    if (route !== null && Page === null) {
      try {
        Page = await this.#fetch(route);
      } catch (error) {
        failure = error;
      }
      if (asked !== this.#asked) return;
    }
    this.#shown = { place, Page, failure, scrollTo, turn: this.#shown.turn + 1 };
    for (const listener of this.#listeners) listener();
  }
}
