/** One small client for the node's HTTP API. Nothing secret ever passes through here. */

import { type Bytes, concat } from '../lib/bytes';

const NODE_KEY = 'etm.node';
const TIMEOUT_MS = 15_000;
/** Evidence of a large round has megabytes. */
const BYTES_TIMEOUT_MS = 120_000;

/** The node answered, and said no. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The node did not answer, or not with what a node answers. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Reads a node's address as a person types it: `http` or `https` only, without credentials. */
export function parseNodeUrl(text: string): string | null {
  try {
    const url = new URL(text.trim());
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
    if (url.username !== '' || url.password !== '') return null;
    return (url.origin + url.pathname).replace(/\/+$/, '');
  } catch {
    return null;
  }
}

/** Where this page lies: its host and folder. */
export function pageBase(): string {
  const { origin, pathname } = globalThis.location;
  return (origin + pathname.replace(/[^/]*$/, '')).replace(/\/+$/, '');
}

/** The node chosen instead of the one at the page's own place. */
let chosen: string | null = null;

/**
 * Settles which node is asked, before anything is. A page that a node serves asks that node alone - its policy allows no other - so a
 * value that someone left in the storage of the browser changes nothing there.
 */
export async function settleNode(): Promise<void> {
  const stored = readStored();
  chosen = stored === null || (await isNode(pageBase())) ? null : stored;
}

/** The node asked: the one that serves this page, unless the page lies apart and another one is chosen. */
export function nodeUrl(): string {
  return chosen ?? pageBase();
}

function readStored(): string | null {
  try {
    return parseNodeUrl(globalThis.localStorage.getItem(NODE_KEY) ?? '');
  } catch {
    return null;
  }
}

/** Points the page at another node; null goes back to the one that serves it. */
export function setNodeUrl(url: string | null): void {
  if (url === null) globalThis.localStorage.removeItem(NODE_KEY);
  else globalThis.localStorage.setItem(NODE_KEY, url);
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The address of a route under `/api/v1`. */
export function routeUrl(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `${nodeUrl()}/api/v1/${path}${text === '' ? '' : `?${text}`}`;
}

interface ErrorShape {
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
}

/** Asks the node; `read` takes the body of a good answer. */
async function request<T>(
  url: string,
  init: RequestInit,
  timeoutMs: number,
  read: (response: Response) => Promise<T> = (response) => response.json() as Promise<T>,
): Promise<T> {
  let response: Response;
  let body: unknown;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    response = await fetch(url, {
      ...init,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      signal: init.signal == null ? timeout : AbortSignal.any([init.signal, timeout]),
    });
    if (response.ok) return await read(response);
    body = await response.json();
  } catch (error) {
    if (init.signal?.aborted === true || error instanceof TooLong) throw error;
    throw new Unreachable('the node does not answer', { cause: error });
  }
  const detail = (body as ErrorShape | null)?.error;
  if (typeof detail?.code === 'string' && typeof detail.message === 'string') {
    throw new ApiError(response.status, detail.code, detail.message);
  }
  throw new Unreachable(`the node answered with HTTP status ${response.status}`);
}

/** Whether a node answers at an address, as far as this page may ask there. */
export async function isNode(url: string): Promise<boolean> {
  try {
    const status = await request<{ readonly chain?: { readonly id?: unknown } } | null>(
      `${url}/api/v1/status`,
      {},
      TIMEOUT_MS,
    );
    return typeof status?.chain?.id === 'string';
  } catch {
    return false;
  }
}

/** Reads a route. */
export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return request<T>(routeUrl(path, query), signal === undefined ? {} : { signal }, TIMEOUT_MS);
}

/** A good answer has more bytes than it may have. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
  readonly max: number;

  constructor(max: number) {
    super(`the node sent more than ${max} bytes`);
    this.max = max;
  }
}

/** Reads a route that answers with bytes, at most `max` of them. */
export function getBytes(path: string, query: Query, max: number, signal?: AbortSignal): Promise<Bytes> {
  const init = signal === undefined ? {} : { signal };
  return request(routeUrl(path, query), init, BYTES_TIMEOUT_MS, async (response) => {
    const parts: Uint8Array[] = [];
    let length = 0;
    const reader = response.body?.getReader();
    for (;;) {
      const part = await reader?.read();
      if (part?.value === undefined) return concat(...parts);
      length += part.value.length;
      if (length > max) {
        await reader?.cancel();
        throw new TooLong(max);
      }
      parts.push(part.value);
    }
  });
}

/** Posts JSON to a route. */
export function post<T>(path: string, body: unknown, query: Query = {}, timeoutMs = TIMEOUT_MS): Promise<T> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  return request<T>(routeUrl(path, query), init, timeoutMs);
}
