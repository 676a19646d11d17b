/**
 * The wallets of this browser. Sealed secrets lie in local storage; an opened seed is held in memory only, in one
 * place, and wiped when the page locks itself.
 */

import { ed25519 } from '@noble/curves/ed25519.js';
import { addressOf, parseAddress } from '../lib/address';
import { toHex, utf8, type Bytes } from '../lib/bytes';
import {
  sign as signTransaction,
  type Transaction,
  type UnsignedTransaction,
} from '../lib/codec/transaction';
import { parsePhrase, seedOfPhrase, seedOfV1Secret } from '../lib/crypto/phrase';
import { open, seal, type SealedBox, WrongPassword } from '../lib/crypto/vault';
import { readSetting, writeSetting } from '../lib/settings';

const STORAGE_KEY = 'etm.wallets';
export const IDLE_MINUTES = [1, 5, 15, 60] as const;
const IDLE_DEFAULT = 5;
export const PASSWORD_MIN = 8;
export const LABEL_MAX = 40;

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

export interface WalletState {
  readonly entries: readonly Entry[];
  readonly active: Entry | null;
  /** Address of the wallet whose seed is in memory. */
  readonly unlocked: string | null;
  readonly idleMinutes: number;
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

function isEntry(value: unknown): value is Entry {
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

function stored(): readonly Entry[] {
  try {
    const value: unknown = JSON.parse(globalThis.localStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(value) ? value.filter(isEntry) : [];
  } catch {
    return [];
  }
}

export class WalletStore {
  #state: WalletState;
  #seed: Bytes | null = null;
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** After this instant the seed must not be used, even if a sleeping machine delayed the timer. */
  #deadline = 0;
  #generation = 0;
  readonly #listeners = new Set<() => void>();

  constructor() {
    const entries = stored();
    const active = entries.find((entry) => entry.address === readSetting('active')) ?? entries[0] ?? null;
    const idle = Number(readSetting('idle'));
    const idleMinutes = IDLE_MINUTES.find((minutes) => minutes === idle) ?? IDLE_DEFAULT;
    this.#state = { entries, active, unlocked: null, idleMinutes };
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
    const key = ed25519.getPublicKey(seed);
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
    await this.#addSigner('phrase', label, phrase, seedOfPhrase(phrase), password);
  }

  async addV1Secret(label: string, secret: string, password: string): Promise<void> {
    await this.#addSigner('v1', label, secret, seedOfV1Secret(secret), password);
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
    const secret = await this.reveal(entry, password);
    const seed =
      entry.kind === 'v1' ? seedOfV1Secret(secret) : parsePhrase(secret).ok ? seedOfPhrase(secret) : null;
    if (seed === null || addressOf(ed25519.getPublicKey(seed)) !== entry.address) {
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
    if (this.#state.unlocked !== null) this.#set({ unlocked: null });
  }

  /** Someone is at the keyboard: the idle time begins anew. */
  readonly touch = (): void => {
    if (this.#seed === null) return;
    const now = Date.now();
    if (this.#deadline !== 0 && now > this.#deadline) {
      this.lock();
      return;
    }
    const idleMs = this.#state.idleMinutes * 60_000;
    this.#deadline = now + idleMs;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.lock(), idleMs);
  };

  setIdleMinutes(idleMinutes: number): void {
    writeSetting('idle', String(idleMinutes));
    this.#set({ idleMinutes });
    this.touch();
  }

  /** Signs with the unlocked seed, which must be that of `address`. */
  sign(address: string, transaction: UnsignedTransaction): Transaction {
    this.touch();
    if (this.#seed === null || this.#state.unlocked !== address) throw new Locked('the wallet is locked');
    return signTransaction(transaction, this.#seed);
  }
}
