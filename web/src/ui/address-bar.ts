/** What the address bar says. Everything there may come from a stranger's link: short strings, nothing else. */

import { useParams, useSearch } from '@tanstack/react-router';

const MAX = 200;

/** A string of the address bar, or nothing. */
export function addressText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.length <= MAX ? value : undefined;
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
