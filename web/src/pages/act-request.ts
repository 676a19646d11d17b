/** What a draft asks of the node, comes to, and signs. No markup and no node in here. */

import type { PreviewOf } from '../api/queries';
import type { Account, Parameters, Preview, ProjectedPosition } from '../api/types';
import type { Text } from '../i18n/en';
import { formatAmount, readInteger } from '../lib/amount';
import { toHex } from '../lib/bytes';
import { partsOfMinerKeys, type Payload, type UnsignedTransaction } from '../lib/codec/transaction';
import { count } from '../lib/format';
import { type Change, project, type Projected, projectedVotes } from '../lib/mechanism/projection';
import { toProjected } from '../lib/mechanism/waiting';
import { amountOf, type Costs } from '../lib/request/traps';
import type { Draft } from './act-draft';
import { endsAs } from './act-end';
import { endingOf, type Seat } from './act-ending';

/** A signed transaction lives this long, if it does not get into a block. */
const LIFETIME_MS = 5 * 60_000;

/** In blocks. */
export function lifetimeOf(parameters: Parameters): number {
  return Math.max(20, Math.ceil(LIFETIME_MS / Math.max(1, parameters.slot_ms)));
}

/** The public keys among a miner's keys and their proofs. */
function keysOf(keys: Uint8Array | null): Pick<PreviewOf, 'node_key' | 'bls_key'> {
  if (keys === null) return {};
  const { node, bls } = partsOfMinerKeys(keys);
  return { node_key: toHex(node), bls_key: toHex(bls) };
}

/** The question to the node that a draft is, signed with this nonce; null if it has no such question. */
export function previewOf(draft: Draft, units: bigint | null, nonce: number): PreviewOf | null {
  const of = questionOf(draft, units);
  return of === null ? null : { ...of, nonce };
}

function questionOf(draft: Draft, units: bigint | null): PreviewOf | null {
  const first = draft.payloads[0];
  if (first === undefined) return null;
  const miner = draft.miner === null ? undefined : String(draft.miner.id);
  const fee = units?.toString();
  switch (first.kind) {
    case 'lock':
      return { request: 'lock', amount: first.amount.toString(), miner, fee };
    case 'unlock':
      return { request: 'unlock', amount: first.amount.toString(), fee };
    case 'vote':
      return { request: 'vote', miner, fee };
    case 'withdraw':
      return { request: 'withdraw', fee };
    case 'transfer':
      return { request: 'transfer', amount: first.amount.toString(), fee };
    case 'register':
      return { request: 'register', name: first.name, ...keysOf(first.keys), fee };
    case 'resign':
      return { request: 'resign', fee };
    case 'update':
      return { request: 'update', ...keysOf(first.keys), fee };
    case 'heartbeat':
      return null;
  }
}

function isChange(payload: Payload): payload is Payload & Change {
  return ['lock', 'unlock', 'vote', 'withdraw'].includes(payload.kind);
}

/** Whether a position becomes another by it. */
export function changesPosition({ payloads }: Draft): boolean {
  return payloads.some(isChange);
}

/** Whether the node foresees another position, or other votes, than this page computes. */
function differs(own: Projected | null, foreseen: ProjectedPosition | null | undefined): boolean {
  const theirs = toProjected(foreseen);
  if (own === null || theirs === null) return own !== theirs;
  return (
    own.locked !== theirs.locked ||
    own.timeGain !== theirs.timeGain ||
    own.miner !== theirs.miner ||
    readInteger(foreseen?.votes ?? '0') !== projectedVotes(own)
  );
}

export interface Known {
  /** As the node tells it. */
  readonly own: Account;
  /** With what waits for a block counted in. */
  readonly account: Account;
  /** What is proved of the miner that is voted for. */
  readonly seat: Seat;
  readonly parameters: Parameters;
  /** The node's answer to this very question. */
  readonly preview: Preview | undefined;
  /** The answer that is shown meanwhile, which may be to an earlier one. */
  readonly shown: Preview | undefined;
  /** Of one transaction; null while there is no valid one. */
  readonly fee: bigint | null;
}

export interface ComesTo {
  readonly before: Projected | null;
  readonly after: Projected | null;
  /** The time gain at best and at worst; null where nothing is left. */
  readonly best: number | null;
  readonly worst: number | null;
  /** Whether the position is touched at all. */
  readonly changes: boolean;
  readonly disagrees: boolean;
  /** Whether the vote ends with the round, as it does with its miner, by the node's word alone. */
  readonly voteEnds: boolean;
  /** Whether more days begin in the round than its blocks take, by the node's word alone. */
  readonly oddDays: boolean;
  /** Whether it is the node's word alone how often the miner halves. */
  readonly seatOpen: boolean;
  /** Whether the node takes it, behind what waits. */
  readonly accepted: boolean;
  /** Of all transactions. */
  readonly fees: bigint;
  /** What can be spent afterwards; below zero if that is too little. */
  readonly left: bigint;
  readonly costs: Costs;
}

/** What the draft comes to, as this page computes it from what the node says of the account. */
export function comesTo(draft: Draft, known: Known): ComesTo {
  const { own, account, seat, parameters, preview, shown, fee } = known;
  const changes = draft.payloads.filter(isChange);
  // The miner has resigned, perhaps with what waits: a vote for it changes nothing.
  const taken = shown?.warnings.includes('miner_resigning')
    ? changes.filter(({ kind }) => kind !== 'vote')
    : changes;
  const counted = toProjected(account.projected);
  // What the node foresees of another block is held against nothing but what can be.
  const same = shown?.height === own.height;
  const before = same ? toProjected(shown.before) : counted;
  const after = taken.reduce<Projected | null>(project, before);
  const gainOf = (then: ProjectedPosition | null | undefined) =>
    taken.reduce<Projected | null>(project, toProjected(then))?.timeGain ?? null;
  const ending = endingOf(own, parameters, seat);
  const ends = endsAs(own, parameters, before);
  const asCounted =
    before?.locked === counted?.locked &&
    before?.timeGain === counted?.timeGain &&
    before?.miner === counted?.miner;
  const fees = (fee ?? 0n) * BigInt(draft.payloads.length);
  const left = readInteger(account.balance) - draft.spends - fees;
  const keeps = changes.length > 0 ? after !== null : account.position != null || account.projected != null;
  return {
    before,
    after,
    best: gainOf(account.projected_best),
    worst: gainOf(account.projected_worst),
    changes: changes.length > 0,
    disagrees:
      preview?.accepted === true &&
      changes.length > 0 &&
      (ending === null ||
        (same &&
          (differs(after, preview.after) ||
            preview.effective_round !== account.effective_round ||
            preview.waiting > own.pending_transactions.length ||
            !ends.possible ||
            (!asCounted && !ends.voteEnds)))),
    voteEnds: changes.length > 0 && (ends.voteEnds || ending?.leaves === true),
    oddDays: changes.length > 0 && ending?.oddDays === true,
    seatOpen: changes.length > 0 && ending?.seat === true,
    accepted: preview?.accepted === true,
    fees,
    left,
    costs: {
      fee: fee ?? 0n,
      least: readInteger(parameters.min_fee),
      amount: amountOf(draft.payloads[0]),
      left: left < 0n ? null : left,
      keeps,
    },
  };
}

/** By how much clocks may differ before a height is held to be none. */
const CLOCKS_MS = 600_000;

/**
 * The highest block there was time for since genesis, by this machine's clock; on a devnet, whose clock may have travelled, by that of the
 * last block if that is ahead. What is signed expires by a height that the node names.
 */
export function mostHeight(
  { chain, slot_ms: slot }: Pick<Parameters, 'chain' | 'slot_ms'>,
  tipMs: number,
  nowMs: number,
): number {
  const now = chain.devnet ? Math.max(nowMs, tipMs) : nowMs;
  return Math.floor((now + CLOCKS_MS - chain.genesis_timestamp_ms) / Math.max(slot, 1));
}

/** The transactions of the draft, one number after the other. */
export function transactionsOf(
  draft: Draft,
  frame: {
    readonly parameters: Parameters;
    readonly sender: string;
    readonly nonce: number;
    readonly fee: bigint;
    /** The height of the last block. */
    readonly tip: number;
  },
): readonly UnsignedTransaction[] {
  const { parameters, sender, nonce, fee, tip } = frame;
  return draft.payloads.map((payload, index) => ({
    chain: parameters.chain.id,
    sender,
    nonce: BigInt(nonce + index),
    fee,
    expiresAt: BigInt(tip + lifetimeOf(parameters)),
    payload,
  }));
}

/** When what is given away now comes back; null if it does not. */
export function backText(draft: Draft, parameters: Parameters, account: Account, t: Text): string | null {
  const deposit = formatAmount(readInteger(parameters.deposit), { group: ',' });
  switch (draft.action) {
    case 'lock':
      return t.review.back.lock;
    case 'unlock':
      return t.review.back.unlock(
        count(account.effective_round, t.locale),
        count(account.round_end.height, t.locale),
      );
    case 'register':
      return t.review.back.register(deposit);
    case 'resign':
      return t.review.back.resign(deposit);
    case 'vote':
    case 'withdraw':
    case 'transfer':
    case 'update':
      return null;
  }
}
