/** Where the reader is: a path, its variable parts and what stands behind the `?`. All of it may come from a stranger's link. */

import { type Path, type Route, ROUTES } from './paths';

export type Search = Readonly<Record<string, string | undefined>>;

export interface Place {
  /** As it stands in the address bar, behind the `#`. */
  readonly href: string;
  /** The part before the `?`. */
  readonly path: string;
  /** The page meant, or null if there is none. */
  readonly route: Path | null;
  readonly params: Readonly<Record<string, string>>;
  readonly search: Search;
}

const MAX = 200;

/** A string of the address bar, or nothing. Older links have figures in quotes: `?miner="4"`. */
export function addressText(value: string | undefined): string | undefined {
  if (value === undefined || value.length > MAX) return undefined;
  return /^"([0-9]+)"$/.exec(value)?.[1] ?? value;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The variable parts of `path` if it is of this shape. */
function paramsOf(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const found = path.split('/');
  if (wanted.length !== found.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = found[index] ?? '';
    if (part.startsWith('$')) {
      const value = decoded(text);
      if (value === null || value === '') return null;
      params[part.slice(1)] = value;
    } else if (part !== text) return null;
  }
  return params;
}

/** Reads what stands behind the `#`. */
export function placeOf(href: string): Place {
  const [before = '', ...rest] = href.split('?');
  const path = before.replace(/\/+$/, '') || '/';
  for (const [pattern, { search: names = [] }] of Object.entries(ROUTES as Readonly<Record<Path, Route>>)) {
    const params = paramsOf(pattern, path);
    if (params === null) continue;
    const parameters = new URLSearchParams(rest.join('?'));
    const search = Object.fromEntries(
      names.map((name) => [name, addressText(parameters.get(name) ?? undefined)]),
    );
    return { href, path, route: pattern as Path, params, search };
  }
  return { href, path, route: null, params: {}, search: {} };
}

/** The address of a page. */
export function hrefOf(
  pattern: string,
  params: Readonly<Record<string, string>> = {},
  search: Search = {},
): string {
  const path = pattern.replace(/\$([a-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== '') parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}
