/** The chain's clock. A devnet can travel in time, so it is the node's clock that counts, as far as it is ahead of this machine's. */

let aheadMs = 0;

/** What the node's clock says now, from an answer that has just come. */
export function setClock(nodeMs: number): void {
  aheadMs = nodeMs - Date.now();
}

export function chainNow(): number {
  return Date.now() + aheadMs;
}
