/** Rewards and bonus by height, and how a round shares them: mechanism.md sections 7 and 8. */

interface Span {
  readonly last: bigint;
  readonly reward: bigint;
  readonly bonus: bigint;
}

const ETM = 100_000_000n;
const LAST_SPAN_FIRST = 50_560_000n;
const LAST_HEIGHT = 59_328_000n;
const LAST_SPAN_BONUS = 224_800_000_000_000n;
const LAST_SPAN_BLOCKS = 8_768_000n;

const SPANS: readonly Span[] = [
  { last: 10_112_000n, reward: 6n * ETM, bonus: ETM },
  { last: 20_224_000n, reward: 5n * ETM, bonus: ETM / 2n },
  { last: 30_336_000n, reward: 4n * ETM, bonus: ETM / 4n },
  { last: 40_448_000n, reward: 4n * ETM, bonus: ETM / 4n },
  { last: LAST_SPAN_FIRST, reward: 3n * ETM, bonus: ETM / 4n },
];
const LAST_REWARD = 2n * ETM;

/** All rewards up to `height`, that height included. */
export function rewardTotal(height: bigint): bigint {
  return sumUpTo(height, (span) => span.reward) + clamp(height - LAST_SPAN_FIRST) * LAST_REWARD;
}

/** All voter bonus up to `height`, that height included. */
export function bonusTotal(height: bigint): bigint {
  const last = (LAST_SPAN_BONUS * clamp(height - LAST_SPAN_FIRST)) / LAST_SPAN_BLOCKS;
  return sumUpTo(height, (span) => span.bonus) + last;
}

/** What the producer of the block at `height` gets. */
export function reward(height: bigint): bigint {
  return height === 0n ? 0n : rewardTotal(height) - rewardTotal(height - 1n);
}

/** What the block at `height` adds to the voter bonus. */
export function bonus(height: bigint): bigint {
  return height === 0n ? 0n : bonusTotal(height) - bonusTotal(height - 1n);
}

function clamp(blocks: bigint): bigint {
  if (blocks < 0n) return 0n;
  return blocks > LAST_HEIGHT - LAST_SPAN_FIRST ? LAST_HEIGHT - LAST_SPAN_FIRST : blocks;
}

function sumUpTo(height: bigint, rate: (span: Span) => bigint): bigint {
  let sum = 0n;
  let first = 0n;
  for (const span of SPANS) {
    const last = height < span.last ? height : span.last;
    if (last <= first) break;
    sum += (last - first) * rate(span);
    first = span.last;
  }
  return sum;
}

export interface Pools {
  /** `a`: the pool of every member. */
  readonly ordinary: bigint;
  /** `B - A`: what the lucky member gets on top. */
  readonly luckyExtra: bigint;
  /** `A - a*k`: what division leaves for the carry, before the pools of members without votes. */
  readonly remainder: bigint;
}

/** Splits `total` (carry and the bonus of the round) among `members` (section 8, step 2). */
export function pools(total: bigint, members: number): Pools {
  const shared = total / 2n;
  const ordinary = shared / BigInt(members);
  return { ordinary, luckyExtra: total - shared, remainder: shared - ordinary * BigInt(members) };
}
