/** What a node said no with, in the reader's language. */

import { ApiError, Unreachable } from '../api/client';
import type { Text } from '../i18n/en';
import { formatAmount, MAX_AMOUNT } from './amount';

/** Why the page itself does not go on, in the reader's words already. */
export class Said extends Error {
  override readonly name = 'Said';
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Amounts in a node's words are in units, which people don't count in. */
export function inEtm(message: string): string {
  return message.replace(/\b([0-9]{1,20}) units?\b/g, (whole, digits: string) => {
    const units = BigInt(digits);
    return units > MAX_AMOUNT ? whole : `${formatAmount(units, { group: ',' })} ETM`;
  });
}

/** What only a page of another version asks: a route, a shape or a transaction that this node does not have. */
const OF_VERSIONS: ReadonlySet<string> = new Set([
  'invalid_body',
  'route_not_found',
  'method_not_allowed',
  'unsupported_media_type',
  'malformed_transaction',
]);

/** Also a query can be of another version; but most that are refused ask for what a person typed. */
const OTHER_QUERY = /\bunknown (?:field|variant) | is needed$|^this route takes no parameters$/;

/** Whether a node does not understand what this page asks: what it says then are names of fields, which tell nobody anything. */
function isOfVersions({ code, message }: Refusal): boolean {
  return OF_VERSIONS.has(code) || (code === 'invalid_query' && OTHER_QUERY.test(message));
}

/** The reader's words for a known code; the node's own for one this page does not know. */
export function refusalText({ code, message }: Refusal, t: Text): string {
  if (isOfVersions({ code, message })) return t.common.versions;
  const known: Readonly<Record<string, string>> = t.refusals;
  const text = Object.hasOwn(known, code) ? known[code] : undefined;
  return text ?? t.common.refused(inEtm(message));
}

/** Why something could not be had, in the reader's words where the page has any. */
export function failureText(error: unknown, t: Text): string {
  if (error instanceof Unreachable) return t.common.unreachable;
  if (error instanceof ApiError) {
    return error.code === 'not_found' ? t.common.notFound : refusalText(error, t);
  }
  if (error instanceof Said) return error.message;
  return ofWallet(error)?.(t) ?? t.common.broken;
}

/** Whether to load the page anew may mend it: the node serves the one that fits it. */
export function isMendedByReload(error: unknown): boolean {
  if (error instanceof ApiError) return isOfVersions(error);
  return !(error instanceof Unreachable || error instanceof Said || ofWallet(error) !== undefined);
}

/** What the wallet says no with, by the names of its errors: who only reads needs no wallet for them. */
const OF_WALLET: ReadonlyMap<string, (t: Text) => string> = new Map([
  ['AlreadyThere', (t) => t.wallet.exists],
  ['StorageRefused', (t) => t.wallet.errors.storage],
  ['InsecureContext', (t) => t.wallet.insecure],
  ['WrongPassword', (t) => t.wallet.wrongPassword],
  ['Locked', (t) => t.top.locked],
]);

function ofWallet(error: unknown): ((t: Text) => string) | undefined {
  return error instanceof Error ? OF_WALLET.get(error.name) : undefined;
}
