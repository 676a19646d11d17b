/** Reads canonical encodings: total, bounded, and with errors that name the field and where it begins. */

import { toBigInt, toHex, type Bytes } from '../bytes';

/** Bytes are not the encoding of a value. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  raw(field: string, length: number): Bytes {
    const left = this.#bytes.length - this.#offset;
    if (length > left) {
      throw new DecodeError(`${field} at byte ${this.#offset}: needs ${length} bytes, only ${left} are left`);
    }
    const bytes = Uint8Array.from(this.#bytes.subarray(this.#offset, this.#offset + length));
    this.#offset += length;
    return bytes;
  }

  hex(field: string, length: number): string {
    return toHex(this.raw(field, length));
  }

  u8(field: string): number {
    return this.raw(field, 1)[0] ?? 0;
  }

  u16(field: string): number {
    return Number(toBigInt(this.raw(field, 2)));
  }

  u32(field: string): number {
    return Number(toBigInt(this.raw(field, 4)));
  }

  u64(field: string): bigint {
    return toBigInt(this.raw(field, 8));
  }

  u128(field: string): bigint {
    return toBigInt(this.raw(field, 16));
  }

  /** A byte of at most `max`. */
  tag(field: string, max: number): number {
    const offset = this.#offset;
    const tag = this.u8(field);
    if (tag > max) {
      throw new DecodeError(`${field} at byte ${offset}: ${tag} is no known tag (known: 0..=${max})`);
    }
    return tag;
  }

  /** UTF-8 of `min` to `max` bytes behind a one-byte length. */
  shortText(field: string, min: number, max: number): string {
    const offset = this.#offset;
    const length = this.u8(field);
    this.#range(field, offset, length, min, max);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.raw(field, length));
    } catch (error) {
      if (error instanceof DecodeError) throw error;
      throw new DecodeError(`${field} at byte ${offset}: must be UTF-8 text`);
    }
  }

  /** Items behind a four-byte count within `min` to `max`. */
  list<T>(field: string, min: number, max: number, read: (input: Reader) => T): T[] {
    const offset = this.#offset;
    const count = this.u32(field);
    this.#range(field, offset, count, min, max);
    const items: T[] = [];
    for (let index = 0; index < count; index += 1) items.push(read(this));
    return items;
  }

  /** 0, or 1 and a value. */
  option<T>(field: string, read: (input: Reader) => T): T | null {
    return this.tag(field, 1) === 1 ? read(this) : null;
  }

  /** An LEB128 integer in its shortest form, as consensus encodes epochs and views. */
  varint(field: string): bigint {
    const offset = this.#offset;
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = this.u8(field);
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) {
        if ((byte === 0 && shift > 0n) || value >> 64n !== 0n) break;
        return value;
      }
    }
    throw new DecodeError(`${field} at byte ${offset}: is no canonical variable-length integer`);
  }

  finish(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) throw new DecodeError(`${left} trailing bytes at byte ${this.#offset}`);
  }

  #range(field: string, offset: number, length: number, min: number, max: number): void {
    if (length < min || length > max) {
      throw new DecodeError(`${field} at byte ${offset}: length ${length} is outside ${min}..=${max}`);
    }
  }
}

/** Reads a whole byte string as one value. */
export function decode<T>(bytes: Uint8Array, read: (input: Reader) => T): T {
  const input = new Reader(bytes);
  const value = read(input);
  input.finish();
  return value;
}
