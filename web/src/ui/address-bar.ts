/** What the address bar says. Everything there may come from a stranger's link: short strings, nothing else. */

import { useCallback, useEffect, useRef, useState } from 'react';
import { useNavigate, useShown } from '../router/link';
import { addressText, type Search } from '../router/place';

/** The variable part of the page's address. */
export function useAddressPart(name: string): string {
  return addressText(useShown().place.params[name]) ?? '';
}

export type AddressSearch = Search;

/** What stands behind the `?`. */
export function useAddressSearch(): AddressSearch {
  return useShown().place.search;
}

const SETTLE_MS = 250;

/**
 * A text that is typed and kept in the address bar once the typing pauses, or as it is typed, at most so often. If the address bar
 * changes by itself, as after Back, its text is shown.
 */
export function useTyped(
  kept: string,
  keep: (text: string) => void,
  when: 'paused' | 'typed' = 'paused',
): [string, (text: string) => void] {
  const [typed, setTyped] = useState(kept);
  const [seen, setSeen] = useState(kept);
  const taken = useRef(-SETTLE_MS);
  if (seen !== kept) {
    setSeen(kept);
    if (typed.trim() !== kept) setTyped(kept);
  }
  useEffect(() => {
    if (typed.trim() === kept) return undefined;
    const take = () => {
      taken.current = performance.now();
      keep(typed);
    };
    if (when === 'typed' && performance.now() - taken.current >= SETTLE_MS) {
      take();
      return undefined;
    }
    const settled = setTimeout(take, SETTLE_MS);
    return () => clearTimeout(settled);
  }, [typed, kept, keep, when]);
  return [typed, setTyped];
}

/** Changes what stands behind the `?`, and leaves the page where it is. */
export function useChangeSearch(): (next: AddressSearch, replace?: boolean) => void {
  const navigate = useNavigate();
  return useCallback(
    (next, replace = true) =>
      navigate({
        search: (before: AddressSearch) => ({ ...before, ...next }),
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
}
