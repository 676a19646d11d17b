/** What does not hold, as a kind and figures: the library says it in English, the page in the reader's language. */

import { ETM, formatAmount } from '../amount';
import { DecodeError } from '../codec/reader';
import { s } from './found';

/** English for each fault, and for what a fault can be about. Places count from 1. */
export const FAULT = {
  differs: (what: string, said: string, right: string) =>
    `${what}: the node says ${said}, it should be ${right}`,
  beyond: (what: string, value: string) => `${what}: ${value} is above what can be counted exactly`,
  inRound: (round: string, fault: string) => `round ${round}: ${fault}`,
  inBlock: (height: string, fault: string) => `block ${height}: ${fault}`,
  /** Bytes that are no encoding; a place is not always known. */
  malformed: (message: string) => message,
  malformedAt: (_byte: string, message: string) => message,
  /** What a check met that it has no name for: figures that no chain can reach. */
  impossible: (message: string) => message,
  noAnswer: () => 'no answer',

  chain: () => 'chain',
  round: () => 'round',
  height: () => 'height',
  parent: () => 'parent',
  parentSlot: () => 'slot of the parent',
  slot: () => 'slot',
  time: () => 'time',
  producer: () => 'producer',
  leader: () => 'node key of the producer',
  genesisHash: () => 'hash of the genesis',

  committeeRoot: () => 'root of the committee',
  committeeRootOf: (round: string) => `root of the committee of round ${round}`,
  firstRound: () => 'first round',
  producerNobody: () => 'its producer is no member',

  bitmapBytes: (bytes: string, size: string, needed: string) =>
    `its bitmap has ${s(bytes, 'byte')}, a committee of ${size} takes ${needed}`,
  bitmapBeyond: () => 'its bitmap has bits beyond the committee',
  viewBefore: () => 'its view lies before the slot of the block',
  quorum: (signed: string, size: string, needed: string) =>
    `${signed} of ${s(size, 'member')} signed, ${needed} have to`,
  signature: () => 'the signature does not hold',

  previousThere: () => 'the header before the round is there exactly if the round is not 0',
  chainBefore: () => 'chain of the header before the round',
  roundBefore: () => 'round of the header before the round',
  heightBefore: () => 'height of the header before the round',
  headers: () => 'number of headers',
  noHeaders: () => 'there are no headers',
  slotOrder: () => 'its slot does not follow that of its parent',
  timeOrder: () => 'its time does not follow that of its parent',
  missedMany: () => 'more slots were missed than a chain accepts',
  slotNobody: (slot: string) => `slot ${slot} is nobody's`,
  beaconNext: () => 'the beacon does not follow',
  producerSignature: () => 'the signature is not that of its producer',

  receiptsRoot: () => 'root of the receipts',
  receiptsRootBefore: () => 'root of the receipts of the round before',
  receipts: () => 'number of receipts',
  receiptsBefore: () => 'number of receipts of the round before',
  receiptKind: (place: string, kind: string) =>
    `receipt ${place} of the chosen ones must be that of the ${kind}`,
  receiptsPathShort: () => 'the path of the receipts is too short',
  receiptsPathLong: () => 'the path of the receipts has more hashes than it needs',
  poolMember: (place: string) => `member of pool ${place}`,

  drawnRoot: () => 'root of the committee drawn',
  candidatesHash: () => 'hash of the candidates',
  candidates: () => 'number of candidates',
  candidatesOrder: () => 'the candidates are not in the order of their ids',
  candidateBlocks: (miner: string) => `candidate ${miner}: more blocks than slots`,
  candidateSlots: (miner: string) => `slots of candidate ${miner}`,
  candidateWeight: (miner: string) => `weight of candidate ${miner}`,
  candidateWeightless: (miner: string) => `candidate ${miner} has no weight`,
  weights: () => 'sum of weights',

  luckyNobody: () => 'the lucky place is none of the committee',
  luckyMember: () => 'lucky member',
  bonus: () => 'bonus of the round',
  poolOfAll: () => 'pool of every member',
  onTop: () => 'bonus on top',
  onTopOfLucky: () => 'on top for the lucky member',
  pool: (place: string) => `pool of place ${place}`,
  carry: () => 'carried on',
  feesLess: (fees: string, left: string) => `fees: ${fees} are less than ${left} left before`,
  feesOfBlock: () => 'fees of a block',
  feesLeft: () => 'remainder of the fees',

  drawnFor: () => 'round drawn for',
  members: () => 'members',
  membersDrawn: () => 'members drawn',
  tooFew: () => 'there were too few candidates, so the former committee had to serve again',
  enough: () => 'there were enough candidates for a draw',
  formerRoot: () => 'root of the former committee',

  minerAsked: () => 'the miner',
  positionAsked: () => 'the position',
  positionThere: () => 'a position is there exactly if one was asked for',
  committeeRound: () => 'the round of the committee',
  itsRoot: () => 'its root',
  blockRound: () => 'the round of the block',
  blockChain: () => 'the chain of the block',
  itsWeight: () => 'its w',
  tallyEntries: () => 'entries of the tally',
  tallyBlocks: () => 'blocks of the miner',
  stateRoot: () => 'the state root it leads to',
  pathShort: () => 'its path is too short',
  pathLong: () => 'its path is too long',
  operationNone: (place: string, count: string) => `operation ${place} is not among ${count}`,
  operationOld: (place: string) => `operation ${place} is no longer the newest of its record`,
  bitmapEnd: () => 'the end of its bitmap is not what the number of operations says',
  bitmapPiece: () => 'its piece of the bitmap',
  peaksMany: (count: string) => `inactive peaks: ${count} are too many`,
  peaksNone: () => 'there are no peaks',
  linksMany: () => 'there are more links than lead to its cohort',
  votesNobody: () => 'the position votes for nobody',
  votesOther: (miner: string, asked: string) => `the position votes for #${miner}, not #${asked}`,
  cohortMissing: (cohort: string) => `cohort ${cohort} is not among the miner's`,
  cohortLight: () => 'its cohort weighs less than the position',
  cohortNone: () => 'it leads to a cohort that is not there',

  /** Of the way to what is checked, which whoever asks a node goes. */
  otherChain: (said: string, known: string) =>
    `this node names the chain ${said}, this browser knows ${known}`,
  otherRounds: (from: string, asked: string) =>
    `the node sent the ends of rounds from ${from} on, not from ${asked}`,
  moreRounds: () => 'the node sent more rounds than were asked for',
  manyAnswers: (from: string, to: string) =>
    `the node makes too many answers of the ends of rounds ${from} to ${to}: each brings a few, and one could bring all`,
  noWay: (from: string, to: string) => `there is no way from round ${from} to ${to}`,
  genesisOther: (said: string, given: string) =>
    `the node says chain ${said}, and gives the genesis of ${given}`,
  nameOther: (said: string, right: string) => `the node calls the chain ${said}, its name is ${right}`,
  chainOther: () =>
    'the node says another kind of chain, or another time of its genesis, than the genesis itself',
  minerOther: (miner: string, said: string, right: string) =>
    `miner #${miner}: the node calls it ${said}, its name is ${right}`,
  requestNotSigned: (address: string, hash: string) =>
    `the node tells of a request of ${address} in transaction ${hash}, which this account did not sign`,
  locked: () => 'what is locked',
  timeGain: () => 'time gain',
  min_fee: () => 'least fee',
  min_lock: () => 'least amount to lock',
  deposit: () => 'deposit of a miner',
  committee: () => 'seats of the committee',
  blocks_per_round: () => 'blocks of a round',
  min_committee: () => 'least committee',
  slot_ms: () => 'milliseconds of a slot',
  day_seconds: () => 'seconds of a day',
  ready_rounds: () => 'rounds a miner counts as ready',
  tooLong: (max: string) => `the node sent more than ${s(max, 'byte')}`,
  farWay: (rounds: string) => `${s(rounds, 'round')} lead to it`,
};

export type FaultKind = keyof typeof FAULT;

export interface Fault {
  readonly kind: FaultKind;
  /** As they are printed, in the order in which the text takes them; what it is about is a fault of its own. */
  readonly figures: readonly (string | Fault)[];
}

export function fault(kind: FaultKind, ...figures: readonly (string | number | bigint | Fault)[]): Fault {
  return { kind, figures: figures.map((figure) => (typeof figure === 'object' ? figure : String(figure))) };
}

/** An amount among the figures of a fault. */
export function inEtm(units: bigint): string {
  return `${formatAmount(units, { group: ',' })}${ETM}`;
}

/** Says it in the words given, which are English unless said otherwise. */
export function sayFault(
  { kind, figures }: Fault,
  words: Readonly<Record<FaultKind, (...figures: string[]) => string>> = FAULT,
): string {
  return words[kind](
    ...figures.map((figure) => (typeof figure === 'string' ? figure : sayFault(figure, words))),
  );
}

/** Something does not hold; the message says in English what. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(sayFault(fault));
    this.fault = fault;
  }
}

/** What was thrown, as a fault: each has one, also what nobody foresaw. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Mismatch) return error.fault;
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof DecodeError)) return fault('impossible', message);
  return error.byte === null ? fault('malformed', message) : fault('malformedAt', error.byte, message);
}
