/**
 * What was signed here and is not final yet. It is kept in the browser - a signed transaction is no secret - so that a reload, a
 * closed tab or a node that lost its pool loses nothing: see `outbox-runner.tsx`, which sends it again.
 */

import { readInteger } from '../lib/amount';

const KEY = 'etm.sent';
const MOST = 50;

export interface Sent {
  readonly hash: string;
  /** The chain's id: what was sent on one chain is nothing on another. */
  readonly chain: string;
  /** Address of the sender. */
  readonly sender: string;
  readonly nonce: number;
  readonly fee: string;
  /** The last height at which it may be included. */
  readonly expiresAt: number;
  /** It can't have expired before this, whatever a node says: milliseconds since 1970, by this device’s clock; 0 if that is not known. */
  readonly livesUntil: number;
  /** The signed transaction, in hex. The same bytes can't count twice. */
  readonly encoding: string;
}

/** How it stands, as far as this page knows. All but `waiting` are the end of it. */
export type Fate = 'waiting' | 'final' | 'expired' | 'refused' | 'superseded';

export interface Kept {
  readonly sent: Sent;
  readonly fate: Fate;
  /** How often it was sent again, because a node did not know it. */
  readonly resent: number;
  /** What a node refused it with. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

function isSent(value: unknown): value is Sent {
  const sent = value as Partial<Sent> | null;
  return (
    typeof sent === 'object' &&
    typeof sent?.hash === 'string' &&
    /^[0-9a-f]{64}$/.test(sent.hash) &&
    typeof sent.chain === 'string' &&
    typeof sent.sender === 'string' &&
    Number.isSafeInteger(sent.nonce) &&
    Number.isSafeInteger(sent.expiresAt) &&
    typeof sent.fee === 'string' &&
    /^[0-9]{1,20}$/.test(sent.fee) &&
    typeof sent.encoding === 'string' &&
    /^(?:[0-9a-f]{2}){1,1024}$/.test(sent.encoding)
  );
}

function stored(): readonly Kept[] {
  try {
    const value: unknown = JSON.parse(globalThis.localStorage.getItem(KEY) ?? '[]');
    const list = Array.isArray(value) ? value.filter(isSent).slice(-MOST) : [];
    return list.map((sent) => ({
      sent: { ...sent, livesUntil: Number.isSafeInteger(sent.livesUntil) ? sent.livesUntil : 0 },
      fate: 'waiting',
      resent: 0,
      refusal: null,
    }));
  } catch {
    return [];
  }
}

export class Outbox {
  #kept: readonly Kept[] = stored();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): readonly Kept[] => this.#kept;

  #set(kept: readonly Kept[]): void {
    this.#kept = kept.slice(-MOST);
    try {
      const waiting = kept.filter((one) => one.fate === 'waiting').map((one) => one.sent);
      globalThis.localStorage.setItem(KEY, JSON.stringify(waiting));
    } catch {
      // It is followed as long as the page is open, then.
    }
    for (const listener of this.#listeners) listener();
  }

  add(sent: Sent): void {
    // Another transaction of this number takes the place of the earlier one.
    const others = this.#kept.map((one): Kept =>
      one.sent.sender === sent.sender && one.sent.nonce === sent.nonce && one.sent.chain === sent.chain
        ? { ...one, fate: 'superseded' }
        : one,
    );
    this.#set([...others, { sent, fate: 'waiting', resent: 0, refusal: null }]);
  }

  note(hash: string, change: Partial<Omit<Kept, 'sent'>>): void {
    this.#set(this.#kept.map((one) => (one.sent.hash === hash ? { ...one, ...change } : one)));
  }

  sentAgain(hash: string): void {
    const one = this.#kept.find((kept) => kept.sent.hash === hash);
    if (one !== undefined) this.note(hash, { resent: one.resent + 1 });
  }

  forget(hash: string): void {
    this.#set(this.#kept.filter((one) => one.sent.hash !== hash));
  }
}

/** The least fee that takes the place of a waiting transaction's: a tenth more. */
export function replacementFee(fee: string): bigint {
  const units = readInteger(fee);
  return units + (units + 9n) / 10n;
}
