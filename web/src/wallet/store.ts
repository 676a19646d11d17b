/**
 * The wallets of this browser. Sealed secrets lie in local storage; an opened seed is held in memory only, in one
 * place, and wiped when the page locks itself.
 */

import { addressOf } from '../lib/address';
import { toHex, utf8, type Bytes } from '../lib/bytes';
import type { Transaction, UnsignedTransaction } from '../lib/codec/transaction';
import { open, seal, WrongPassword } from '../lib/crypto/vault';
import { readSetting, writeSetting } from '../lib/settings';
import { type Entry, isEntry, type Signer } from './entry';

const STORAGE_KEY = 'etm.wallets';
/** Written when the reader is active or locks: other tabs of this browser read it. */
const ACTIVE_KEY = 'etm.wallet-active';
const LOCKED_KEY = 'etm.wallet-locked';
const TELL_MS = 5000;
const signing = () => import('./signing');
export const IDLE_MINUTES = [1, 5, 15, 60] as const;
const IDLE_DEFAULT = 5;
export const PASSWORD_MIN = 8;
export const LABEL_MAX = 40;

export type { Entry, Signer } from './entry';

export interface WalletState {
  readonly entries: readonly Entry[];
  readonly active: Entry | null;
  /** Address of the wallet whose seed is in memory. */
  readonly unlocked: string | null;
  readonly idleMinutes: number;
  /** Counts up whenever this page locks: what was revealed is hidden then. */
  readonly locks: number;
}

/** The browser refused to store. */
export class StorageRefused extends Error {
  override readonly name = 'StorageRefused';
}

/** The address is there already. */
export class AlreadyThere extends Error {
  override readonly name = 'AlreadyThere';
}

/** Nothing is unlocked that could sign. */
export class Locked extends Error {
  override readonly name = 'Locked';
}

function publicPart(kind: 'phrase' | 'v1', address: string): string {
  return `etm/wallet/v1 ${kind} ${address}`;
}

function stored(): readonly Entry[] {
  try {
    const value: unknown = JSON.parse(globalThis.localStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(value) ? value.filter(isEntry) : [];
  } catch {
    return [];
  }
}

/** Writes what other tabs hear of. In a browser that stores nothing there is nothing to share. */
function tell(key: string): void {
  try {
    globalThis.localStorage.setItem(key, String(Date.now()));
  } catch {
    // Private windows may refuse: this tab then stands alone.
  }
}

export class WalletStore {
  #state: WalletState;
  #seed: Bytes | null = null;
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** After this instant the seed must not be used, even if a sleeping machine delayed the timer. */
  #deadline = 0;
  #generation = 0;
  /** When the other tabs were last told that someone is there. */
  #told = 0;
  readonly #listeners = new Set<() => void>();

  constructor() {
    const entries = stored();
    const active = entries.find((entry) => entry.address === readSetting('active')) ?? entries[0] ?? null;
    const idle = Number(readSetting('idle'));
    const idleMinutes = IDLE_MINUTES.find((minutes) => minutes === idle) ?? IDLE_DEFAULT;
    this.#state = { entries, active, unlocked: null, idleMinutes, locks: 0 };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): WalletState => this.#state;

  #set(change: Partial<WalletState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** Follows what another tab of this browser stored. */
  reload(): void {
    const entries = stored();
    const active =
      entries.find((entry) => entry.address === this.#state.active?.address) ?? entries[0] ?? null;
    if (!entries.some((entry) => entry.address === this.#state.unlocked)) this.lock();
    this.#set({ entries, active });
  }

  #store(entries: readonly Entry[]): void {
    try {
      globalThis.localStorage.setItem(STORAGE_KEY, JSON.stringify(entries));
    } catch (error) {
      throw new StorageRefused('the browser refused to store the wallet', { cause: error });
    }
    this.#set({ entries });
  }

  #add(entry: Entry): void {
    const others = stored();
    const same = others.find((other) => other.address === entry.address);
    // A wallet that can sign replaces one that only watched.
    if (same !== undefined && (same.kind !== 'watch' || entry.kind === 'watch')) {
      throw new AlreadyThere('this address is in the wallet already');
    }
    this.#store([...others.filter((other) => other !== same), entry]);
    this.use(entry.address);
  }

  use(address: string): void {
    const active = this.#state.entries.find((entry) => entry.address === address) ?? null;
    if (active?.address !== this.#state.unlocked) this.lock();
    writeSetting('active', address);
    this.#set({ active });
  }

  remove(address: string): void {
    this.#store(stored().filter((entry) => entry.address !== address));
    if (this.#state.unlocked === address) this.lock();
    if (this.#state.active?.address === address) this.use(this.#state.entries[0]?.address ?? '');
  }

  watch(label: string, address: string): void {
    this.#add({ kind: 'watch', label, address });
  }

  async #addSigner(kind: 'phrase' | 'v1', label: string, secret: string, seed: Bytes, password: string) {
    const key = (await signing()).publicKeyOf(seed);
    const address = addressOf(key);
    const same = this.#state.entries.find((entry) => entry.address === address);
    if (same !== undefined && same.kind !== 'watch')
      throw new AlreadyThere('this address is in the wallet already');
    const bytes = utf8(secret);
    const box = await seal(bytes, password, publicPart(kind, address));
    bytes.fill(0);
    this.#add({ kind, label, address, publicKey: toHex(key), box });
    this.#hold(address, seed);
  }

  async addPhrase(label: string, phrase: string, password: string): Promise<void> {
    await this.#addSigner('phrase', label, phrase, (await signing()).seedOfPhrase(phrase), password);
  }

  async addV1Secret(label: string, secret: string, password: string): Promise<void> {
    await this.#addSigner('v1', label, secret, (await signing()).seedOfV1Secret(secret), password);
  }

  /** The phrase or secret itself, for showing it; throws {@link WrongPassword}. */
  async reveal(entry: Signer, password: string): Promise<string> {
    const bytes = await open(entry.box, password, publicPart(entry.kind, entry.address));
    const text = new TextDecoder().decode(bytes);
    bytes.fill(0);
    return text;
  }

  async unlock(entry: Signer, password: string): Promise<void> {
    const generation = this.#generation;
    const { parsePhrase, publicKeyOf, seedOfPhrase, seedOfV1Secret } = await signing();
    const secret = await this.reveal(entry, password);
    const seed =
      entry.kind === 'v1' ? seedOfV1Secret(secret) : parsePhrase(secret).ok ? seedOfPhrase(secret) : null;
    if (seed === null || addressOf(publicKeyOf(seed)) !== entry.address) {
      throw new WrongPassword('the stored wallet is damaged');
    }
    // Locked, switched or removed while the password was stretched: then it stays locked.
    if (generation === this.#generation) this.#hold(entry.address, seed);
    else seed.fill(0);
  }

  #hold(address: string, seed: Bytes): void {
    this.lock();
    this.#seed = seed;
    this.#set({ unlocked: address });
    this.touch();
  }

  lock(): void {
    this.#generation += 1;
    this.#seed?.fill(0);
    this.#seed = null;
    this.#deadline = 0;
    clearTimeout(this.#idle);
    this.#set({ unlocked: null, locks: this.#state.locks + 1 });
  }

  /** Locks this page and every other tab of this browser. */
  readonly lockEverywhere = (): void => {
    this.lock();
    tell(LOCKED_KEY);
  };

  /** What another tab of this browser wrote. */
  readonly heard = (event: { readonly key: string | null }): void => {
    if (event.key === LOCKED_KEY) this.lock();
    else if (event.key === ACTIVE_KEY) this.#extend();
    else if (event.key === null || event.key === STORAGE_KEY) this.reload();
  };

  /** Someone is at the keyboard: the idle time begins anew. */
  readonly touch = (): void => {
    if (this.#seed === null) return;
    const now = Date.now();
    if (this.#deadline !== 0 && now > this.#deadline) {
      this.lockEverywhere();
      return;
    }
    if (now - this.#told > TELL_MS) {
      this.#told = now;
      tell(ACTIVE_KEY);
    }
    this.#extend();
  };

  #extend(): void {
    if (this.#seed === null) return;
    const idleMs = this.#state.idleMinutes * 60_000;
    this.#deadline = Date.now() + idleMs;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(this.lockEverywhere, idleMs);
  }

  setIdleMinutes(idleMinutes: number): void {
    writeSetting('idle', String(idleMinutes));
    this.#set({ idleMinutes });
    this.touch();
  }

  /** Takes in the wallets of a backup; those that are here already stay as they are. Says how many are new. */
  restore(entries: readonly Entry[]): number {
    const here = stored();
    const isNew = (entry: Entry) => {
      const same = here.find((other) => other.address === entry.address);
      return same === undefined || (same.kind === 'watch' && entry.kind !== 'watch');
    };
    const added = entries.filter(isNew);
    const kept = here.filter((entry) => !added.some((other) => other.address === entry.address));
    this.#store([...kept, ...added]);
    if (this.#state.active === null && added[0] !== undefined) this.use(added[0].address);
    return added.length;
  }

  /** Signs with the unlocked seed, which must be that of `address`. */
  async sign(address: string, transaction: UnsignedTransaction): Promise<Transaction> {
    const { signTransaction } = await signing();
    this.touch();
    if (this.#seed === null || this.#state.unlocked !== address) throw new Locked('the wallet is locked');
    return signTransaction(transaction, this.#seed);
  }
}
