/** What the address bar says. Everything there may come from a stranger's link: short strings, nothing else. */

import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';

const MAX = 200;

/** A string of the address bar, or nothing. Older links have figures in quotes: `?miner="4"`. */
export function addressText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || value.length > MAX) return undefined;
  return /^"([0-9]+)"$/.exec(value)?.[1] ?? value;
}

/** The variable part of the page's address. */
export function useAddressPart(name: string): string {
  const parts: unknown = useParams({ strict: false });
  return addressText((parts as Readonly<Record<string, unknown>>)[name]) ?? '';
}

export type AddressSearch = Readonly<Record<string, string | undefined>>;

/** What stands behind the `?`. */
export function useAddressSearch(): AddressSearch {
  const search: unknown = useSearch({ strict: false });
  return search as AddressSearch;
}

const SETTLE_MS = 250;

/**
 * A text that is typed and kept in the address bar once the typing pauses. If the address bar changes by itself, as after Back,
 * its text is shown.
 */
export function useTyped(kept: string, keep: (text: string) => void): [string, (text: string) => void] {
  const [typed, setTyped] = useState(kept);
  const [seen, setSeen] = useState(kept);
  if (seen !== kept) {
    setSeen(kept);
    if (typed.trim() !== kept) setTyped(kept);
  }
  useEffect(() => {
    if (typed.trim() === kept) return undefined;
    const settled = setTimeout(() => keep(typed), SETTLE_MS);
    return () => clearTimeout(settled);
  }, [typed, kept, keep]);
  return [typed, setTyped];
}

/** Changes what stands behind the `?`, and leaves the page where it is. */
export function useChangeSearch(): (next: AddressSearch, replace?: boolean) => void {
  const navigate = useNavigate();
  return useCallback(
    (next, replace = true) =>
      void navigate({
        to: '.',
        search: (before: AddressSearch) => ({ ...before, ...next }),
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
}
