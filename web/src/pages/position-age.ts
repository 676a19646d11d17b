/** How old a state is that is told as one of now. */

/** The newest block of a chain that runs is not so old: so long, and so many slots. */
const OLD_MS = 60_000;
const OLD_SLOTS = 20;

export function isOld(timestampMs: number, slotMs: number, now = Date.now()): boolean {
  return now - timestampMs > Math.max(OLD_MS, OLD_SLOTS * slotMs);
}
