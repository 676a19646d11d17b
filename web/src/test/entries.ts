import type { Entries } from '../router/router';

/** A history in memory, with the way back. */
export function memoryEntries(first: string): Entries & { readonly back: () => void } {
  const list: { href: string; key: string | null }[] = [{ href: first, key: null }];
  const listeners = new Set<() => void>();
  return {
    read: () => list.at(-1) ?? { href: '/', key: null },
    push: (href, key) => void list.push({ href, key }),
    replace: (href, key) => void list.splice(-1, 1, { href, key }),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    back: () => {
      if (list.length > 1) list.pop();
      for (const listener of listeners) listener();
    },
  };
}
