/** A copy of the wallets of this browser as a file. Secrets are in it as they lie here: sealed with their passwords. */

import { type Entry, isEntry } from './entry';

const FORMAT = 'etm-wallets/1';
const BYTES_MAX = 1 << 20;

export function backupText(entries: readonly Entry[]): string {
  return `${JSON.stringify({ format: FORMAT, wallets: entries }, null, 2)}\n`;
}

/** The wallets in a file, or null if it is no backup. */
export function readBackup(text: string): readonly Entry[] | null {
  if (text.length > BYTES_MAX) return null;
  try {
    const file = JSON.parse(text) as { readonly format?: unknown; readonly wallets?: unknown } | null;
    if (file?.format !== FORMAT || !Array.isArray(file.wallets)) return null;
    return file.wallets.every(isEntry) ? file.wallets : null;
  } catch {
    return null;
  }
}
