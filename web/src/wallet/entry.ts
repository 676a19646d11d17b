/** What is kept of a wallet. */

import { parseAddress } from '../lib/address';
import type { SealedBox } from '../lib/crypto/vault';

export type Entry =
  | { readonly kind: 'watch'; readonly label: string; readonly address: string }
  | {
      readonly kind: 'phrase' | 'v1';
      readonly label: string;
      readonly address: string;
      readonly publicKey: string;
      readonly box: SealedBox;
    };

export type Signer = Extract<Entry, { kind: 'phrase' | 'v1' }>;

function isBox(value: unknown): value is SealedBox {
  const box = value as Partial<SealedBox> | null;
  return (
    typeof box === 'object' &&
    box?.version === 1 &&
    typeof box.salt === 'string' &&
    typeof box.iv === 'string' &&
    typeof box.data === 'string'
  );
}

export function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Entry> | null;
  if (typeof entry !== 'object' || entry === null) return false;
  if (typeof entry.label !== 'string' || typeof entry.address !== 'string') return false;
  if (!parseAddress(entry.address).ok) return false;
  if (entry.kind === 'watch') return true;
  const signer = entry as Partial<Signer>;
  return (
    (signer.kind === 'phrase' || signer.kind === 'v1') &&
    typeof signer.publicKey === 'string' &&
    isBox(signer.box)
  );
}
