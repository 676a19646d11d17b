/** Recovery phrases (BIP-39, 24 English words) and the original network's secrets. */

import { sha256 } from '@noble/hashes/sha2.js';
import { generateMnemonic, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { utf8, type Bytes } from '../bytes';
import { deriveSeed } from './slip10';

export const PHRASE_WORDS = 24;

/** Why a text is no recovery phrase. */
export type PhraseProblem =
  | { readonly kind: 'empty' }
  | { readonly kind: 'count'; readonly found: number }
  | { readonly kind: 'word'; readonly position: number; readonly word: string }
  | { readonly kind: 'checksum' };

export type ParsedPhrase =
  { readonly ok: true; readonly phrase: string } | { readonly ok: false; readonly problem: PhraseProblem };

/** A fresh phrase from the browser's random source. */
export function newPhrase(): string {
  return generateMnemonic(wordlist, 256);
}

/** Reads a phrase as people type it: any case, any white space, numbering left out. */
export function parsePhrase(text: string): ParsedPhrase {
  const words = text
    .normalize('NFKD')
    .trim()
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  if (words.length === 0) return { ok: false, problem: { kind: 'empty' } };
  const stranger = words.findIndex((word) => !wordlist.includes(word));
  if (stranger !== -1) {
    const word = (words[stranger] ?? '').slice(0, 24);
    return { ok: false, problem: { kind: 'word', position: stranger + 1, word } };
  }
  if (words.length !== PHRASE_WORDS) {
    return { ok: false, problem: { kind: 'count', found: words.length } };
  }
  const phrase = words.join(' ');
  return validateMnemonic(phrase, wordlist)
    ? { ok: true, phrase }
    : { ok: false, problem: { kind: 'checksum' } };
}

/** The ed25519 seed of a phrase. */
export function seedOfPhrase(phrase: string): Bytes {
  const master = mnemonicToSeedSync(phrase);
  const seed = deriveSeed(master);
  master.fill(0);
  return seed;
}

/** The ed25519 seed of a secret of the original network: SHA-256 of its UTF-8 bytes, taken exactly as typed. */
export function seedOfV1Secret(secret: string): Bytes {
  return Uint8Array.from(sha256(utf8(secret)));
}
