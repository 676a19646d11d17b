/** What a person reads of a checked round: every value is computed from bytes that the committee's certificate covers. */

export interface MinerName {
  readonly id: number;
  readonly name: string;
}

export interface ReadMember {
  readonly miner: MinerName;
  readonly node_key: string;
  readonly bls_key: string;
  readonly dial_address: string;
}

/** Amounts, votes and weights are decimal text; hashes and keys are lower-case hex. */
export interface CheckedRound {
  readonly chain: string;
  readonly round: number;
  readonly first_height: number;
  readonly last_height: number;
  readonly seed: string;
  readonly beacon: string;
  readonly days: number;
  readonly committee: readonly ReadMember[];
  readonly blocks: readonly {
    readonly height: number;
    readonly hash: string;
    readonly slot: number;
    readonly timestamp_ms: number;
    readonly miner: MinerName;
  }[];
  readonly signers: readonly MinerName[];
  readonly distribution: {
    readonly carry_in: string;
    readonly issued: string;
    readonly total: string;
    readonly ordinary_pool: string;
    readonly lucky_extra: string;
    readonly carry_out: string;
    readonly credited: string;
    readonly fees: string;
    readonly fee_per_block: string;
    readonly fees_remainder: string;
  };
  readonly lucky: { readonly hash: string; readonly index: number; readonly miner: MinerName };
  readonly pools: readonly {
    readonly miner: MinerName;
    readonly pool: string;
    readonly votes: string;
    readonly produced: number;
    /** Null where more slots were missed in all than a check tells apart. */
    readonly missed: number | null;
    readonly fees: string;
  }[];
  readonly draw: {
    readonly round: number;
    readonly v_avg: string;
    readonly candidates: readonly {
      readonly miner: number;
      readonly votes: string;
      readonly produced: number;
      readonly slots: number;
      readonly weight: string;
    }[];
    readonly candidates_hash: string;
    readonly total_weight: string;
    readonly kept: boolean;
    readonly picks: readonly {
      readonly index: number;
      readonly hash: string;
      readonly total: string;
      readonly point: string;
      readonly miner: MinerName;
    }[];
    readonly members: readonly ReadMember[];
  };
}

/** All slots that were missed in a round: those before its last block in which no other was made. */
export function missedIn({ blocks }: CheckedRound): number {
  return (blocks.at(-1)?.slot ?? 0) - blocks.length;
}
