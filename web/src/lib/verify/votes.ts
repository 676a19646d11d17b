/** Checks a miner's votes, and a position among them, from the state after a block (docs/verify.md section 8). */

import { addressFromHash } from '../address';
import { bigEndian, utf8, type Bytes } from '../bytes';
import {
  COMMITTEE_MAX,
  type Committee,
  committeeRoot,
  type Header,
  headerHash,
  readCommittee,
  readHeader,
  readMinerName,
} from '../codec/block';
import { decode, DecodeError, type Reader } from '../codec/reader';
import { firstFalse } from '../crypto/bls';
import { baseWeight, gainWeight, MAX_TIME_GAIN } from '../mechanism/votes';
import { type Certificate, claimOf, readCertificate } from './certificate';
import type { Known, Rules } from './genesis';
import type { MinerName } from './reading';
import { keyOf, proved, type Proved, readProved, readTree, type StateTree } from './state';
import { readTag, VOTES_TAG } from './head';
import { VOTES_BYTES_MAX } from './limits';
import { fault, Mismatch } from './faults';
import { expectSame, expectThat, figure, type Failure, inSteps, type Step, type Take } from './steps';

/** Merged cohorts are chained by rank, so a chain is no longer than the logarithm of their number. */
const LINKS_MAX = 65;

export const VOTES_KEYS = [
  'evidence',
  'committee',
  'certificate',
  'miner',
  'cohorts',
  'tally',
  'position',
  'link',
] as const;
export type VotesKey = (typeof VOTES_KEYS)[number];

export type VotesStep = Step<VotesKey>;

/** What a person reads; amounts and votes are decimal text. */
export interface CheckedVotes {
  readonly chain: string;
  /** The round in which these votes count. */
  readonly round: number;
  readonly height: number;
  /** When that block was made: what is shown is what was so then. */
  readonly timestamp_ms: number;
  readonly state_root: string;
  readonly signers: readonly MinerName[];
  readonly miner: MinerName;
  /** Whether it sits in the committee of that round. Null where the block is the last of the round before: it leads to that committee’s root alone. */
  readonly seated: boolean | null;
  /** The blocks of that round which it made so far, as a member of its committee. */
  readonly produced: number | null;
  readonly votes: string;
  readonly cohorts: readonly {
    readonly time_gain: number;
    readonly weight: string;
    readonly votes: string;
  }[];
  readonly position: {
    readonly address: string;
    readonly locked: string;
    readonly time_gain: number;
    readonly weight: string;
    readonly votes: string;
  } | null;
}

interface Cohort {
  readonly id: bigint;
  readonly timeGain: number;
  readonly weight: bigint;
}

interface PositionRecord {
  readonly locked: bigint;
  readonly weight: bigint;
  readonly cohort: bigint;
}

type Link =
  | { readonly kind: 'live'; readonly miner: number | null }
  | { readonly kind: 'merged'; readonly into: bigint };

interface VotesEvidence {
  readonly miner: number;
  readonly committee: Committee & { readonly root: string };
  readonly certificate: Certificate;
  readonly header: Header & { readonly hash: string };
  readonly tree: StateTree;
  readonly record: Proved<string>;
  readonly cohorts: Proved<readonly Cohort[]>;
  /** The blocks that each member of the committee made so far; of the next one after the last block of a round. */
  readonly tally: Proved<readonly bigint[]>;
  readonly position: {
    readonly address: Bytes;
    readonly record: Proved<PositionRecord>;
    readonly links: readonly Proved<Link>[];
  } | null;
}

function readMinerRecord(input: Reader): string {
  input.raw('owner', 20);
  const name = readMinerName(input);
  input.u64('deposit');
  return name;
}

function readCohorts(input: Reader): readonly Cohort[] {
  let least = 1;
  return input.list('cohorts', 0, MAX_TIME_GAIN, (inner) => {
    const id = inner.u64('cohort');
    const offset = inner.offset;
    const timeGain = inner.u8('time gain');
    if (timeGain < least || timeGain > MAX_TIME_GAIN) {
      throw new DecodeError('time gain', offset, `${timeGain} is outside ${least}..=${MAX_TIME_GAIN}`);
    }
    least = timeGain + 1;
    inner.u8('rank');
    inner.u64('references');
    const weight = inner.u64('weight');
    inner.u128('gain');
    return { id, timeGain, weight };
  });
}

function readTally(input: Reader): readonly bigint[] {
  return input.list('tally', 0, COMMITTEE_MAX, (inner) => {
    const produced = inner.u64('produced');
    inner.u64('missed');
    return produced;
  });
}

function readPosition(input: Reader): PositionRecord {
  const position = {
    locked: input.u64('locked'),
    weight: input.u64('weight'),
    cohort: input.u64('cohort'),
  };
  input.u128('base');
  return position;
}

function readLink(input: Reader): Link {
  if (input.tag('link', 1) === 0) {
    return { kind: 'live', miner: input.option('flag of the miner', (inner) => inner.u32('miner')) };
  }
  const into = input.u64('cohort');
  input.u128('shift');
  input.u64('references');
  return { kind: 'merged', into };
}

function decodeVotes(bytes: Uint8Array): VotesEvidence {
  if (bytes.length > VOTES_BYTES_MAX) {
    throw new DecodeError(
      'evidence of votes',
      null,
      `${bytes.length} bytes are more than ${VOTES_BYTES_MAX}`,
    );
  }
  return decode(bytes, (input) => {
    readTag(input, VOTES_TAG);
    const miner = input.u32('miner');
    let start = input.offset;
    const committee = { ...readCommittee(input), root: committeeRoot(input.since(start)) };
    const certificate = readCertificate(input);
    start = input.offset;
    const header = { ...readHeader(input), hash: headerHash(input.since(start)) };
    return {
      miner,
      committee,
      certificate,
      header,
      tree: readTree(input),
      record: readProved(input, readMinerRecord),
      cohorts: readProved(input, readCohorts),
      tally: readProved(input, readTally),
      position: input.option('flag of the position', (inner) => ({
        address: inner.raw('address', 20),
        record: readProved(inner, readPosition),
        links: inner.list('links of cohorts', 1, LINKS_MAX, (each) => readProved(each, readLink)),
      })),
    };
  });
}

export type VotesOutcome =
  | { readonly holds: true; readonly steps: readonly VotesStep[]; readonly reading: CheckedVotes }
  | { readonly holds: false; readonly steps: readonly VotesStep[]; readonly failed: Failure<VotesKey> };

/** What of the rules matters here. */
export type VotesRules = Pick<Rules, 'chain' | 'blocksPerRound'>;

/** What is asked for: evidence of something else is none. */
export interface VotesQuestion {
  readonly miner: number;
  /** The position that is asked for, if one is. */
  readonly address: string | null;
}

/** Checks evidence of votes. The first step that fails ends the check; nothing is thrown. */
export function checkVotes(
  rules: VotesRules,
  known: Known,
  encoded: Uint8Array,
  asked: VotesQuestion,
  report: (step: VotesStep) => void = () => undefined,
): VotesOutcome {
  const outcome = inSteps<VotesKey, CheckedVotes>(report, (take) =>
    check(rules, known, encoded, asked, take),
  );
  return outcome.holds ? { holds: true, steps: outcome.steps, reading: outcome.found } : outcome;
}

function check(
  rules: VotesRules,
  known: Known,
  encoded: Uint8Array,
  asked: VotesQuestion,
  run: Take<VotesKey>,
): CheckedVotes {
  const evidence = run('evidence', () => {
    return [decodeVotes(encoded), `${encoded.length} bytes`];
  });
  const { committee, header, tree } = evidence;
  const root = header.stateRoot;
  const members = committee.members.map(({ miner, name }): MinerName => ({ id: miner, name }));
  const round = run('committee', () => {
    expectSame(fault('committeeRound'), committee.round, BigInt(known.round));
    expectSame(fault('itsRoot'), committee.root, known.roots[0]);
    expectSame(fault('blockRound'), header.round, committee.round);
    expectSame(fault('blockChain'), header.chain, rules.chain);
    const last = (header.round + 1n) * BigInt(rules.blocksPerRound) - 1n;
    // The end of a round has made the votes of the next one.
    const counting = figure(fault('round'), header.round + (header.height === last ? 1n : 0n));
    const detail = `${members.length} members of round ${header.round.toString()}; the votes are those of round ${counting}`;
    return [counting, detail];
  });
  const { signers, height } = run('certificate', () => {
    const { signers: signed, claim } = claimOf(
      rules.chain,
      committee.members,
      header,
      header.hash,
      evidence.certificate,
    );
    expectThat(firstFalse([claim]) < 0, 'signature');
    const names = signed.map(({ miner, name }): MinerName => ({ id: miner, name }));
    const final = figure(fault('height'), header.height);
    const detail = `block ${final} is final: ${names.length} of ${members.length} signed`;
    return [{ signers: names, height: final }, detail];
  });
  const miner = run('miner', () => {
    expectSame(fault('minerAsked'), evidence.miner, asked.miner);
    const key = keyOf(utf8('etm/state/miner/v1'), bigEndian(evidence.miner, 4));
    const name = proved(tree, root, key, evidence.record);
    return [{ id: evidence.miner, name }, `#${evidence.miner} is ${name}`];
  });
  const cohorts = run('cohorts', () => {
    const key = keyOf(utf8('etm/state/cohorts/v1'), Uint8Array.of(1), bigEndian(evidence.miner, 4));
    const found = proved(tree, root, key, evidence.cohorts);
    return [found, `${found.length} cohorts make S = ${sumOfVotes(found).toString()}`];
  });
  // The tally begins anew with the last block of a round, for a committee that is not known here.
  const { seated, produced } = run(
    'tally',
    (): readonly [Pick<CheckedVotes, 'seated' | 'produced'>, string] => {
      const tally = proved(tree, root, keyOf(utf8('etm/state/tally/v1')), evidence.tally);
      if (BigInt(round) !== header.round) {
        return [{ seated: null, produced: null }, `no block of round ${round} is there yet`];
      }
      expectSame(fault('tallyEntries'), tally.length, members.length);
      const made = tally[members.findIndex(({ id }) => id === evidence.miner)];
      if (made === undefined) {
        return [{ seated: false, produced: null }, `the miner sits in no committee of round ${round}`];
      }
      const blocks = figure(fault('tallyBlocks'), made);
      const sits = `the miner sits in the committee of round ${round}, and has made ${blocks} blocks so far`;
      return [{ seated: true, produced: blocks }, sits];
    },
  );
  const { position } = evidence;
  let own: CheckedVotes['position'] = null;
  if (position !== null || asked.address !== null) {
    const { address, record, links } = run('position', () => {
      expectThat(position !== null && asked.address !== null, 'positionThere');
      const address = addressFromHash(position.address);
      expectSame(fault('positionAsked'), address, asked.address);
      const key = keyOf(utf8('etm/state/position/v1'), position.address);
      const found = proved(tree, root, key, position.record);
      expectSame(fault('itsWeight'), found.weight, baseWeight(found.locked));
      const detail = `${address} has ${found.locked.toString()} units locked, w = ${found.weight.toString()}`;
      return [{ address, record: found, links: position.links }, detail];
    });
    const cohort = run('link', () => {
      const found = cohortOf(record, links, cohorts, evidence, root);
      return [found, `the position is in the miner's cohort with t = ${found.timeGain}`];
    });
    own = {
      address,
      locked: record.locked.toString(),
      time_gain: cohort.timeGain,
      weight: record.weight.toString(),
      votes: (record.weight * gainWeight(cohort.timeGain)).toString(),
    };
  }
  return {
    chain: rules.chain,
    round,
    height,
    timestamp_ms: Number(header.timestampMs),
    state_root: root,
    signers,
    miner,
    seated,
    produced,
    votes: sumOfVotes(cohorts).toString(),
    cohorts: cohorts.map(({ timeGain, weight }) => ({
      time_gain: timeGain,
      weight: weight.toString(),
      votes: (weight * gainWeight(timeGain)).toString(),
    })),
    position: own,
  };
}

function sumOfVotes(cohorts: readonly Cohort[]): bigint {
  return cohorts.reduce((sum, { weight, timeGain }) => sum + weight * gainWeight(timeGain), 0n);
}

/** Follows merged cohorts from the one that the position joined to one of the miner's. */
function cohortOf(
  position: PositionRecord,
  links: readonly Proved<Link>[],
  cohorts: readonly Cohort[],
  { tree, miner }: VotesEvidence,
  root: string,
): Cohort {
  let id = position.cohort;
  for (const [index, proof] of links.entries()) {
    const key = keyOf(utf8('etm/state/cohort/v1'), bigEndian(id, 8));
    const link = proved(tree, root, key, proof);
    if (link.kind === 'merged') {
      id = link.into;
      continue;
    }
    expectThat(index === links.length - 1, 'linksMany');
    if (link.miner !== miner) {
      throw new Mismatch(link.miner === null ? fault('votesNobody') : fault('votesOther', link.miner, miner));
    }
    const cohort = cohorts.find((one) => one.id === id);
    if (cohort === undefined) throw new Mismatch(fault('cohortMissing', id));
    expectThat(cohort.weight >= position.weight, 'cohortLight');
    return cohort;
  }
  throw new Mismatch(fault('cohortNone'));
}
