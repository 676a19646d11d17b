/** Reads canonical encodings: total, bounded, and with errors that name the field and where it begins. */

import { toHex, type Bytes } from '../bytes';

/** Bytes are not the encoding of a value: a field, where it begins if that is known, and why not. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly byte: number | null;

  constructor(field: string, byte: number | null, why?: string) {
    const place = byte === null ? field : `${field} at byte ${byte}`;
    super(why === undefined ? place : `${place}: ${why}`);
    this.byte = byte;
  }
}

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  /** What was read since `offset`, a copy. */
  since(offset: number): Bytes {
    return Uint8Array.from(this.#bytes.subarray(offset, this.#offset));
  }

  raw(field: string, length: number): Bytes {
    const offset = this.#take(field, length);
    return Uint8Array.from(this.#bytes.subarray(offset, offset + length));
  }

  hex(field: string, length: number): string {
    const offset = this.#take(field, length);
    return toHex(this.#bytes.subarray(offset, offset + length));
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#take(field, 1));
  }

  u16(field: string): number {
    return this.#view.getUint16(this.#take(field, 2));
  }

  u32(field: string): number {
    return this.#view.getUint32(this.#take(field, 4));
  }

  u64(field: string): bigint {
    return this.#view.getBigUint64(this.#take(field, 8));
  }

  u128(field: string): bigint {
    const offset = this.#take(field, 16);
    return (this.#view.getBigUint64(offset) << 64n) | this.#view.getBigUint64(offset + 8);
  }

  /** A byte of at most `max`. */
  tag(field: string, max: number): number {
    const offset = this.#offset;
    const tag = this.u8(field);
    if (tag > max) {
      throw new DecodeError(field, offset, `${tag} is no known tag (known: 0..=${max})`);
    }
    return tag;
  }

  /** UTF-8 of `min` to `max` bytes behind a one-byte length. */
  shortText(field: string, min: number, max: number): string {
    const offset = this.#offset;
    const length = this.u8(field);
    this.#range(field, offset, length, min, max);
    const bytes = this.raw(field, length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new DecodeError(field, offset, 'must be UTF-8 text');
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

  finish(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) throw new DecodeError(`${left} trailing bytes`, this.#offset);
  }

  #take(field: string, length: number): number {
    const offset = this.#offset;
    const left = this.#bytes.length - offset;
    if (length > left) {
      throw new DecodeError(field, offset, `needs ${length} bytes, only ${left} are left`);
    }
    this.#offset += length;
    return offset;
  }

  #range(field: string, offset: number, length: number, min: number, max: number): void {
    if (length < min || length > max) {
      throw new DecodeError(field, offset, `length ${length} is outside ${min}..=${max}`);
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
