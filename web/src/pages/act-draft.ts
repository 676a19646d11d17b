/** What someone is about to sign: the fields as typed and the payloads they make. */

import type { Miner } from '../api/types';
import type { Payload } from '../lib/codec/transaction';

export const ACTIONS = [
  'lock',
  'vote',
  'unlock',
  'withdraw',
  'transfer',
  'register',
  'update',
  'resign',
] as const;
export type Action = (typeof ACTIONS)[number];

/** The fields of all forms, as typed. */
export interface Fields {
  readonly amount: string;
  readonly miner: string;
  readonly recipient: string;
  readonly memo: string;
  readonly name: string;
  readonly dial: string;
  readonly contact: string;
  readonly keys: string;
}

export const NO_FIELDS: Fields = {
  amount: '',
  miner: '',
  recipient: '',
  memo: '',
  name: '',
  dial: '',
  contact: '',
  keys: '',
};

export interface Draft {
  readonly action: Action;
  readonly fields: Fields;
  /** Signed and sent one after the other: a lock and a vote are two. */
  readonly payloads: readonly Payload[];
  /** The miner chosen, if one is. */
  readonly miner: Miner | null;
  /** What leaves the balance beside the fees. */
  readonly spends: bigint;
  /** Where the miner's node listens, if that stays as the node says that it is registered. */
  readonly keptDial: string | null;
  /** How to reach its owner, likewise. */
  readonly keptContact: string | null;
}
