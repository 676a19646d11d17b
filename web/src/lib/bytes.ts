/** Small helpers for byte strings; every decoder here refuses what isn't exactly the expected form. */

export type Bytes = Uint8Array<ArrayBuffer>;

const HEX_OF = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const HEX = /^(?:[0-9a-f]{2})*$/;

/** Lower-case hex of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX_OF[byte] ?? '';
  return text;
}

/** The bytes of lower-case hex; throws on anything else. */
export function fromHex(text: string): Bytes {
  if (!HEX.test(text)) throw new RangeError('expected lower-case hex of whole bytes');
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

/** The bytes of hex of a known length. */
export function fromHexOf(text: string, length: number): Bytes {
  const bytes = fromHex(text);
  if (bytes.length !== length) {
    throw new RangeError(`expected ${length} bytes of hex, found ${bytes.length}`);
  }
  return bytes;
}

/** One byte string after the other. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** UTF-8. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** A big-endian unsigned integer of `size` bytes; throws if `value` doesn't fit. */
export function bigEndian(value: bigint | number, size: number): Bytes {
  let rest = BigInt(value);
  if (rest < 0n || rest >> BigInt(8 * size) !== 0n) {
    throw new RangeError(`${rest.toString()} does not fit ${size} bytes`);
  }
  const bytes = new Uint8Array(size);
  for (let index = size - 1; index >= 0; index -= 1) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The unsigned integer that `bytes` are in big-endian order. */
export function toBigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** Whether two byte strings are the same. Not constant time: for public data only. */
export function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** `u8(length of name) || name || message`. Every name is below 128 bytes. */
export function inNamespace(name: Uint8Array, message: Uint8Array): Bytes {
  if (name.length > 127) throw new RangeError('a namespace has at most 127 bytes');
  return concat(Uint8Array.of(name.length), name, message);
}
