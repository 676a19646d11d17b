/** A node made of constants: answers of the API for component tests. Its rounds are genuinely signed. */

import type { Account, Miner, Parameters, Round, RoundReceipt, Schema, Status, Supply } from '../api/types';
import { addressFromHash } from '../lib/address';
import { toHex } from '../lib/bytes';
import { bonusTotal } from '../lib/mechanism/schedule';
import { gainWeight, votes, VOTE_SCALE } from '../lib/mechanism/votes';
import { readGenesis } from '../lib/verify/genesis';
import type { CheckedRound } from '../lib/verify/reading';
import { checkRound } from '../lib/verify/round';
import { chainId, genesis, makeRounds } from './chain';

export const NOW_MS = 1_700_000_100_000;
export const ADDRESS = addressFromHash(new Uint8Array(20).fill(9));
const OTHER = addressFromHash(new Uint8Array(20).fill(8));
const ETM = 100_000_000n;
export const rounds = makeRounds(3);
/** What the checks of these rounds read. */
export const checkedRounds = readings();
const read = checkedRounds;

function readings(): CheckedRound[] {
  const { rules, known } = readGenesis(genesis, chainId);
  let next = known;
  return rounds.map(({ evidence }) => {
    const outcome = checkRound(rules, next, evidence);
    if (!outcome.holds) throw new Error(outcome.failed.detail);
    next = outcome.known;
    return outcome.reading;
  });
}

/** The receipt that a node tells of a round: the page shows it as the node's word. */
function receiptOf({ draw, pools, ...round }: CheckedRound): Partial<RoundReceipt> {
  return {
    format: 'etm-receipt/1',
    chain: round.chain,
    round: round.round,
    seed: round.seed,
    pools: pools.map((pool) => ({ ...pool, missed: pool.missed ?? 0 })),
    draw: {
      round: draw.round,
      drawn_in: round.round,
      beacon: round.beacon,
      v_avg: draw.v_avg,
      candidates: draw.candidates.map((candidate) => ({ ...candidate, miner: ref(candidate.miner) })),
      total_weight: draw.total_weight,
      size: draw.picks.length,
      kept: draw.kept,
      previous: [],
      picks: [...draw.picks],
      members: draw.members.map((member) => member.miner),
    },
  };
}

const ref = (id: number) => ({ id, name: MINERS[id]?.name ?? `miner${id}` });

export const MINERS: readonly Miner[] = Array.from({ length: 12 }, (_, id) => {
  const raw = votes(BigInt(id + 1) * 12_345n * ETM, (id % 32) + 1);
  return {
    rank: 12 - id,
    id,
    name: id === 3 ? 'rn_node.0o' : `miner${id}`,
    owner: OTHER,
    state: 'registered',
    ready: id !== 4,
    in_committee: id < 4,
    announced: id % 3 === 0,
    votes: raw.toString(),
    votes_share_ppb: 83_333_333,
    locked: (BigInt(id + 1) * 12_345n * ETM + 1n).toString(),
    voters: 10 * id + 1,
    produced: 90 - id,
    slots: 90,
    missed: id,
    coefficient: ((BigInt(90 - id) << 32n) / 90n).toString(),
    weight: ((raw * BigInt(90 - id)) / 90n).toString(),
    first_pick_ppb: 80_000_000,
    inclusion_ppb: 123_456_789 + id,
    outlook: {
      votes: raw.toString(),
      produced: 90 - id,
      slots: 90,
      eligible: true,
      weight: ((raw * BigInt(90 - id)) / 90n).toString(),
      inclusion_ppb: 123_456_789 + id,
    },
    recent: '0110100110010110'.repeat(6).slice(0, 96 - id),
    seats: 40 + id,
    expected_seats_micro: 42_300_000,
    seats_deviation_micro: 4_900_000,
    estimated_bonus_per_day: '123456789',
    last_block: 9,
    my_vote: id === 1,
  };
});

const chain = { id: chainId, name: 'etm-test', devnet: true, genesis_timestamp_ms: 1_700_000_000_000 };

export const parameters: Parameters = {
  chain,
  units_per_etm: '100000000',
  vote_scale: VOTE_SCALE.toString(),
  coefficient_scale: (1n << 32n).toString(),
  committee: 4,
  blocks_per_round: 4,
  min_committee: 4,
  slot_ms: 500,
  day_seconds: 60,
  ready_rounds: 10,
  min_lock: '100000000',
  deposit: '1000000000',
  min_fee: '10000000',
  max_time_gain: 32,
  max_block_transactions: 4096,
  max_block_bytes: 1 << 20,
  max_transaction_bytes: 1024,
  time_gain_table: Array.from({ length: 32 }, (_, index) => gainWeight(index + 1).toString()),
  schedule: [
    {
      first_height: 1,
      last_height: 10_112_000,
      reward: '600000000',
      bonus: '100000000',
      reward_total: (10_112_000n * 6n * ETM).toString(),
      bonus_total: (10_112_000n * ETM).toString(),
    },
  ],
  genesis_supply: '500000000000',
  genesis_beacon: '07'.repeat(32),
  namespaces: {
    transaction: 'etm/tx/v1',
    vrf: 'etm/vrf/v1',
    proof_of_possession: 'etm/pop/v1',
    consensus: 'etm/consensus/v1',
  },
};

export const status: Status = {
  chain,
  node: {
    version: '0.1.0',
    api_version: 1,
    node_key: 'ab'.repeat(32),
    miner: ref(0),
    started_ms: NOW_MS - 60_000,
  },
  tip: { height: 13, hash: 'cd'.repeat(32), round: 3, slot: 2, timestamp_ms: NOW_MS - 300, producer: ref(2) },
  progress: {
    round: 3,
    first_height: 12,
    last_height: 15,
    blocks_done: 2,
    blocks_total: 4,
    slot: 4,
    producer: ref(1),
    upcoming: [
      { slot: 5, miner: ref(0) },
      { slot: 6, miner: ref(3) },
    ],
    missed: 1,
    ends_ms: NOW_MS + 1000,
    committee: [ref(2), ref(0), ref(1), ref(3)],
    announced: [ref(3), ref(0), ref(4), ref(1)],
    next_day_ms: NOW_MS + 20_000,
  },
  finality: { last_ms: 120, mean_ms: 140, max_ms: 300, blocks: 13, block_interval_ms: 501 },
  sync: { state: 'synced', best_height: 13, tip_age_ms: 300, now_ms: NOW_MS, history_lag: 0, warnings: [] },
  peers: 8,
  pending_transactions: 2,
};

export const supply: Supply = {
  height: 13,
  genesis: '23500000000000000',
  rewards_issued: (13n * 6n * ETM).toString(),
  bonus_issued: bonusTotal(13n).toString(),
  total: '23500009100000000',
  rewards_scheduled: (13n * 6n * ETM).toString(),
  bonus_scheduled: bonusTotal(13n).toString(),
  rewards_maximum: (240_000_000n * ETM).toString(),
  bonus_maximum: (25_000_000n * ETM).toString(),
  maximum: (500_000_000n * ETM).toString(),
  locked: '11000000000000000',
  deposits: '9000000000',
  fees_pending: '20000000',
  escrow: '400000003',
  carry: '3',
  bonus_credited: '899999997',
  spendable: '12499999679999997',
  locked_share_ppb: 468_085_106,
  positions: 320,
  voters: 300,
  accounts: 400,
  schedule: parameters.schedule,
};

const position = (timeGain: number, miner: number | null) => ({
  locked: (100n * ETM).toString(),
  time_gain: timeGain,
  miner: miner === null ? null : ref(miner),
  votes: votes(100n * ETM, timeGain).toString(),
});

export const account: Account = {
  address: ADDRESS,
  height: 13,
  exists: true,
  nonce: 4,
  next_nonce: 4,
  free: '5012345678',
  earned: '3',
  balance: '5012345681',
  locked: (100n * ETM).toString(),
  locking: '0',
  unlocking: '0',
  deposit: '0',
  total: '15012345681',
  position: {
    ...position(5, 1),
    base_weight: '31622776',
    miner_votes: MINERS[1]!.votes,
    share_ppb: 12_345_678,
    earned_total: '700000003',
    since_round: 1,
    next_day_ms: NOW_MS + 20_000,
    time_gain_after_next_day: 6,
    halvings_due: 1,
    inclusion_ppb: 333_000_000,
    forecast: Array.from({ length: 30 }, (_, index) => ({
      at_ms: NOW_MS + 20_000 + index * 60_000,
      time_gain_best: Math.min(32, 6 + index),
      votes_best: votes(100n * ETM, Math.min(32, 6 + index)).toString(),
      time_gain_expected: 2 + (index % 3),
      votes_expected: votes(100n * ETM, 2 + (index % 3)).toString(),
    })),
  },
  projected: position(5, 1),
  projected_best: position(5, 1),
  projected_worst: position(5, 1),
  round_end: {
    round: 3,
    height: 15,
    blocks_to_come: 2,
    days: 0,
    halvings_due: 0,
    halvings_expected: 0,
    halvings_most: 0,
  },
  pending_requests: [],
  pending_transactions: [],
  miner: null,
  effective_round: 3,
};

const round: Round = {
  round: 2,
  state: 'finished',
  first_height: 8,
  last_height: 11,
  timestamp_ms: NOW_MS - 2000,
  blocks: 4,
  missed: 1,
  seats: 4,
  transactions: 3,
  fees: '7',
  lucky: read[2]!.lucky.miner,
  bonus: read[2]!.distribution.total,
  days: 0,
  seed: read[2]!.seed,
  beacon: read[2]!.beacon,
  committee: read[2]!.pools.map((pool, index) => ({
    index,
    miner: pool.miner,
    produced: pool.produced,
    missed: pool.missed ?? 0,
    pool: pool.pool,
    votes: pool.votes,
    lucky: index === read[2]!.lucky.index,
    rewards: '600000000',
    fees: '0',
    halvings: pool.produced,
  })),
  missed_slots: [{ slot: 2, miner: ref(1), before_height: 9 }],
  distribution: read[2]!.distribution,
  v_avg: (1n << 32n).toString(),
  drawn: { round: 4, members: read[2]!.draw.members.map((member) => member.miner), kept: false },
  requests_applied: 1,
  requests_void: 0,
};

const block = (height: number): Schema<'BlockSummary'> => ({
  height,
  hash: height.toString(16).padStart(64, '0'),
  round: Math.floor(height / 4),
  slot: (height % 4) + 1,
  timestamp_ms: NOW_MS - (13 - height) * 500,
  producer: height === 0 ? null : ref(height % 4),
  transactions: height % 3,
  fees: '20000000',
  missed: height === 12 ? [{ slot: 1, miner: ref(3), before_height: 12 }] : [],
  size: 800,
});

const bonusRow = (number: number): Schema<'BonusRow'> => ({
  round: number,
  height: number * 4 + 3,
  timestamp_ms: NOW_MS - (3 - number) * 2000,
  earned: number === 1 ? '0' : '123456',
  why: number === 1 ? 'not_in_committee' : number === 2 ? 'shared_lucky' : 'shared',
  miner: ref(1),
  time_gain: 4,
  locked: '10000000000',
  votes: '100',
  miner_votes: number === 1 ? null : '1000',
  share_ppb: number === 1 ? null : 100_000_000,
  pool: '25000000',
  lucky: number === 2,
  lucky_extra: number === 2 ? '200000000' : '0',
  miner_blocks: 1,
});

/** What the fixture node answers to a route under `/api/v1/`; undefined for a 404. */
export function answerOf(path: string, query: URLSearchParams): unknown {
  const estimate: Schema<'EstimateBasis'> = {
    amount: '100000000000',
    time_gain: 1,
    votes: '1',
    bonus_per_round: '400000000',
    bonus_per_seat: '100000000',
    seats: 4,
    rounds_per_day_milli: 30_000,
  };
  const q = query.get('q') ?? '';
  const ids = query.get('ids');
  switch (path) {
    case 'status':
      return status;
    case 'parameters':
      return parameters;
    case 'genesis':
      return { chain, canonical: toHex(genesis), block_hash: 'ee'.repeat(32) };
    case 'supply':
      return supply;
    case 'supply/history':
      return [0, 1, 2].map((number) => ({
        round: number,
        height: number * 4 + 3,
        timestamp_ms: NOW_MS,
        rewards_issued: '0',
        bonus_issued: bonusTotal(BigInt(number * 4 + 3)).toString(),
        bonus_credited: (bonusTotal(BigInt(number * 4 + 3)) - 3n).toString(),
        locked: '11000000000000000',
      }));
    case 'miners': {
      const wanted = ids?.split(',').map(Number);
      const miners = MINERS.filter(
        (miner) => miner.name.includes(q) && (wanted === undefined || wanted.includes(miner.id)),
      );
      return {
        round: 3,
        height: 13,
        draw_round: 5,
        fair_seed: '00'.repeat(32),
        totals: { miners: 12, candidates: 11, votes: '1', weight: '1', locked: '1', voters: 300 },
        estimate,
        total: miners.length,
        offset: 0,
        miners,
        past: true,
        next: null,
      };
    }
    case 'rounds':
      return { running: 3, rounds: [round, { ...round, round: 1, missed: 0 }], next: null };
    case 'rounds/current':
      return {
        ...round,
        round: 3,
        state: 'running',
        missed_slots: [{ slot: 1, miner: ref(3), before_height: 12 }],
      };
    case 'rounds/2':
      return round;
    case 'blocks':
      return { height: 13, blocks: Array.from({ length: 13 }, (_, index) => block(13 - index)), next: null };
    case 'mempool':
      return {
        count: 0,
        held: 0,
        bytes: 0,
        max_count: 1,
        max_bytes: 1,
        min_fee: '0',
        min_fee_request: '0',
        min_fee_registration: '0',
        min_fee_resignation: '0',
        transactions: [],
      };
    case 'peers':
      return {
        node: status.node,
        peers: [
          {
            node_key: '1'.repeat(64),
            address: '192.0.2.7:4000',
            miner: { id: 1, name: 'birch' },
            connected: true,
            last_seen_round: 2,
            ready: true,
            role: 'member',
            version: '0.1.0',
            height: 12,
          },
          { node_key: '2'.repeat(64), connected: false, ready: false, role: 'follower' },
        ],
      };
    case `accounts/${ADDRESS}`:
      return account;
    case `accounts/${ADDRESS}/bonus`:
      return {
        address: ADDRESS,
        round: 2,
        total_earned: '700000003',
        total: 3,
        rounds: [2, 1, 0].map(bonusRow),
        next: null,
      };
    case `accounts/${ADDRESS}/timeline`:
      return {
        address: ADDRESS,
        total: 2,
        entries: [
          {
            round: 2,
            height: 11,
            timestamp_ms: NOW_MS - 2000,
            change: { kind: 'halving', miner: ref(1), blocks: [9, 10] },
            before: position(4, 1),
            after: position(1, 1),
          },
          {
            round: 1,
            height: 7,
            timestamp_ms: NOW_MS - 4000,
            change: { kind: 'day', days: 3 },
            before: position(1, 1),
            after: position(4, 1),
          },
        ],
        next: null,
      };
    case `accounts/${ADDRESS}/transactions`:
      return { total: 0, transactions: [], next: null };
    default:
      break;
  }
  const receipt = /^rounds\/([0-2])\/receipt$/.exec(path);
  if (receipt !== null) return receiptOf(read[Number(receipt[1])]!);
  const miner = /^miners\/([0-9]+)$/.exec(path);
  if (miner !== null && MINERS[Number(miner[1])] !== undefined) {
    return {
      ...MINERS[Number(miner[1])]!,
      height: 13,
      estimate,
      past: true,
      registered_height: null,
      lookalikes: [],
      deposit: '1000000000',
      contact: 'javascript:alert(1)',
      node_key: 'ab'.repeat(32),
      bls_key: 'cd'.repeat(96),
      dial_address: '127.0.0.1:4000',
      last_seen_round: 3,
      rewards_total: '54000000000',
      fees_total: '70000000',
      pools_total: '123456789',
      lucky_total: 2,
      seats_total: 44,
      voters_by_size: [
        { from: '100000000', below: '1000000000', voters: 4, locked: '1234567890' },
        { from: '1000000000', below: '10000000000', voters: 9, locked: '51234567890' },
      ],
      last_round: 2,
    };
  }
  const history = /^miners\/([0-9]+)\/history$/.exec(path);
  if (history !== null) {
    const id = Number(history[1]);
    const own = MINERS[id]!;
    return {
      miner: ref(id),
      rounds: [2, 1, 0].map((number) => ({
        round: number,
        height: number * 4 + 3,
        timestamp_ms: NOW_MS,
        votes: own.votes,
        weight: own.weight,
        coefficient: own.coefficient,
        produced_total: 5 + number,
        slots_total: 6 + number,
        locked: own.locked,
        voters: own.voters,
        seat:
          number === 1
            ? null
            : {
                index: number,
                produced: 2,
                missed: number,
                pool: '25000000',
                lucky: number === 2,
                votes: own.votes,
                rewards: '1200000000',
                fees: '0',
              },
      })),
      next: null,
    };
  }
  return undefined;
}
