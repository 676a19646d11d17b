import { useSyncExternalStore } from 'react';

/** Whether the window is narrow, like a phone's or a page at 400 % zoom: tables become cards there. */
const NARROW = '(max-width: 48rem)';

function subscribe(listener: () => void): () => void {
  const query = globalThis.matchMedia(NARROW);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => globalThis.matchMedia(NARROW).matches);
}
