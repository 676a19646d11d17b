/** Votes and time gain: mechanism.md sections 3 and 4, in exact integers. */

export const MAX_TIME_GAIN = 32;
/** Raw votes of what people see as 1 vote: 10^6 * 2^32. */
export const VOTE_SCALE = 1_000_000n << 32n;

/** `floor(sqrt(value))`. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** `floor(value^(1/4))`: the floor of a root of the floor of a root is exact. */
function fourthRoot(value: bigint): bigint {
  return squareRoot(squareRoot(value));
}

/** `w(T) = floor((T^3)^(1/4))`, `T` in units. */
export function baseWeight(locked: bigint): bigint {
  return fourthRoot(locked ** 3n);
}

const GAIN_WEIGHTS: readonly bigint[] = Array.from({ length: MAX_TIME_GAIN }, (_, index) =>
  fourthRoot((BigInt(index + 1) ** 3n) << 128n),
);

/** `g(t) = floor((t^3 * 2^128)^(1/4))`, `t` from 1 to 32. */
export function gainWeight(timeGain: number): bigint {
  const weight = GAIN_WEIGHTS[timeGain - 1];
  if (weight === undefined) throw new RangeError('the time gain is a whole number from 1 to 32');
  return weight;
}

/** `X = w(T) * g(t)`: the raw votes of a position. */
export function votes(locked: bigint, timeGain: number): bigint {
  return baseWeight(locked) * gainWeight(timeGain);
}

/** The time gain after `times` halvings. */
export function halved(timeGain: number, times: number): number {
  return times >= 5 ? 1 : Math.max(1, timeGain >> times);
}

/** The time gain after `days` day boundaries. */
export function grown(timeGain: number, days: number): number {
  return Math.min(MAX_TIME_GAIN, timeGain + days);
}

/** The time gain after locking `added` on top of `locked`: `max(1, floor((t*T + d) / (T + d)))`. */
export function mixed(timeGain: number, locked: bigint, added: bigint): number {
  if (locked + added === 0n) return 1;
  const gain = (BigInt(timeGain) * locked + added) / (locked + added);
  return gain < 1n ? 1 : Number(gain);
}
