/** Transactions as files, in the format of the command line: `etm tx sign`, `etm tx broadcast`, `etm tx decode` take them. */

import { fromHex, toHex } from '../lib/bytes';
import {
  decodeTransaction,
  decodeUnsigned,
  encodeTransaction,
  encodeUnsigned,
  type Transaction,
  transactionHash,
  type UnsignedTransaction,
} from '../lib/codec/transaction';
import { saveFile } from '../lib/format';

const FORMAT = 'etm-tx/1';
const BYTES_MAX = 64 * 1024;

export type TxFile =
  | { readonly signed: false; readonly transaction: UnsignedTransaction }
  | { readonly signed: true; readonly transaction: Transaction };

function text(signed: boolean, hash: string | null, encoding: Uint8Array): string {
  return `${JSON.stringify({ format: FORMAT, signed, hash, transaction: toHex(encoding) }, null, 2)}\n`;
}

export function unsignedText(transaction: UnsignedTransaction): string {
  return text(false, null, encodeUnsigned(transaction));
}

export function signedText(transaction: Transaction): string {
  const encoding = encodeTransaction(transaction);
  return text(true, transactionHash(encoding), encoding);
}

/** Reads a transaction file; null if it is none. Only the encoding in it counts. */
export function readTxFile(content: string): TxFile | null {
  if (content.length > BYTES_MAX) return null;
  try {
    const file = JSON.parse(content) as Record<string, unknown> | null;
    if (file?.['format'] !== FORMAT || typeof file['transaction'] !== 'string') return null;
    const bytes = fromHex(file['transaction']);
    return file['signed'] === true
      ? { signed: true, transaction: decodeTransaction(bytes) }
      : { signed: false, transaction: decodeUnsigned(bytes) };
  } catch {
    return null;
  }
}

/** Saves transactions to be signed elsewhere, one file each, in the order of their numbers. */
export function saveUnsigned(transactions: readonly UnsignedTransaction[]): void {
  for (const transaction of transactions) {
    saveFile(`etm-${transaction.nonce}-unsigned.json`, 'application/json', unsignedText(transaction));
  }
}
