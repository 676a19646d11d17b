/** What a node said no with, in the reader's language. */

import type { Text } from '../i18n/en';
import { formatAmount, MAX_AMOUNT } from './amount';

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

/** The reader's words for a known code; the node's own for one this page does not know. */
export function refusalText({ code, message }: Refusal, t: Text): string {
  const known: Readonly<Record<string, string>> = t.refusals;
  const text = Object.hasOwn(known, code) ? known[code] : undefined;
  return text ?? t.common.refused(inEtm(message));
}
