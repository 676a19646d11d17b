/** The last steps of a check: how bonus and fees were shared, and who was drawn (docs/verify.md section 6, steps 8 and 11 to 14). */

import { toHex } from '../bytes';
import { committeeRoot, type Member } from '../codec/block';
import { draw, lucky, type Pick } from '../mechanism/chance';
import { electionWeight } from '../mechanism/performance';
import { bonusTotal, pools } from '../mechanism/schedule';
import type { Rooted, Sealed } from './evidence';
import { encodeCommittee, type Rules } from './genesis';
import type { Candidates, ChosenReceipts, Receipt, ReceiptOf } from './receipts';
import { fault, inEtm, Mismatch } from './faults';
import { expectAmount, expectSame, expectThat, figure } from './steps';

/** The receipts of a round's end. */
export interface End {
  readonly fees: ReceiptOf<'fees'>;
  readonly bonus: ReceiptOf<'bonus'>;
  readonly lucky: ReceiptOf<'lucky'>;
  readonly pools: readonly ReceiptOf<'pool'>[];
  readonly average: ReceiptOf<'average'>;
  readonly draw: ReceiptOf<'draw'>;
}

function take<K extends Receipt['kind']>(chosen: ChosenReceipts, index: number, kind: K): ReceiptOf<K> {
  const receipt = chosen.chosen[index]?.receipt;
  if (receipt?.kind !== kind) throw new Mismatch(fault('receiptKind', index + 1, kind));
  return receipt as ReceiptOf<K>;
}

/** The receipts of the end of a round with this committee: all of them and no others. */
export function endOf(chosen: ChosenReceipts, members: readonly Member[]): End {
  const size = members.length;
  expectSame(fault('receipts'), chosen.chosen.length, size + 5);
  const end = {
    fees: take(chosen, 0, 'fees'),
    bonus: take(chosen, 1, 'bonus'),
    lucky: take(chosen, 2, 'lucky'),
    pools: members.map((_, index) => take(chosen, 3 + index, 'pool')),
    average: take(chosen, 3 + size, 'average'),
    draw: take(chosen, 4 + size, 'draw'),
  };
  members.forEach((member, index) =>
    expectSame(fault('poolMember', index + 1), end.pools[index]?.miner ?? -1, member.miner),
  );
  return end;
}

/** What the round before left: the receipts of its fees and its bonus. */
export interface Left {
  readonly carry: bigint;
  readonly fees: bigint;
}

export function leftBy(chosen: ChosenReceipts): Left {
  expectSame(fault('receiptsBefore'), chosen.chosen.length, 2);
  const fees = take(chosen, 0, 'fees');
  const bonus = take(chosen, 1, 'bonus');
  return { carry: bonus.carry, fees: fees.remainder };
}

export function checkCandidates({ list, hash }: Candidates, end: End): void {
  expectSame(fault('candidatesHash'), hash, end.draw.candidatesHash);
  expectSame(fault('candidates'), list.length, end.draw.candidates);
  let before = -1;
  let total = 0n;
  for (const { miner, votes, produced, slots, weight } of list) {
    expectThat(miner > before, 'candidatesOrder');
    before = miner;
    expectThat(produced <= slots, 'candidateBlocks', miner);
    figure(fault('candidateSlots', miner), slots);
    expectSame(
      fault('candidateWeight', miner),
      weight,
      electionWeight(votes, { produced, slots }, end.average.average),
    );
    expectThat(weight > 0n, 'candidateWeightless', miner);
    total += weight;
  }
  expectSame(fault('weights'), end.draw.total, total);
}

export interface Lucky {
  readonly hash: string;
  readonly index: number;
  readonly member: Member;
}

export function checkLucky(committee: Rooted, last: Sealed, end: End): Lucky {
  const { members } = committee;
  const { hash, index } = lucky(committee.round, last.beacon, members.length);
  const member = members[index];
  expectThat(member !== undefined, 'luckyNobody');
  expectSame(fault('luckyMember'), end.lucky.miner, member.miner);
  return { hash: toHex(hash), index, member };
}

/** The bonus of the round's own heights. */
export function checkPools(end: End, left: Left, headers: readonly Sealed[], place: number): bigint {
  const first = headers[0]?.height ?? 0n;
  const last = headers.at(-1)?.height ?? 0n;
  const issued = bonusTotal(last) - bonusTotal(first - 1n);
  const { bonus } = end;
  expectAmount('bonus', bonus.total, left.carry + issued);
  const { ordinary, luckyExtra, remainder } = pools(bonus.total, end.pools.length);
  expectAmount('poolOfAll', bonus.ordinary, ordinary);
  expectAmount('onTop', bonus.luckyExtra, luckyExtra);
  expectAmount('onTopOfLucky', end.lucky.extra, luckyExtra);
  let carry = remainder;
  end.pools.forEach((pool, index) => {
    const expected = ordinary + (index === place ? luckyExtra : 0n);
    expectAmount(fault('pool', index + 1), pool.pool, expected);
    if (pool.votes === 0n) carry += expected;
  });
  expectAmount('carry', bonus.carry, carry);
  return issued;
}

/** The share of a block. */
export function checkFees(end: End, left: Left, blocks: number): bigint {
  const { total, perBlock, remainder } = end.fees;
  expectThat(total >= left.fees, 'feesLess', inEtm(total), inEtm(left.fees));
  const share = total / BigInt(blocks);
  expectAmount('feesOfBlock', perBlock, share);
  expectAmount('feesLeft', remainder, total - share * BigInt(blocks));
  return perBlock;
}

/** The picks; none if the committee of the round before serves again. */
export function checkDraw(
  rules: Rules,
  rootOfNext: string,
  candidates: Candidates,
  drawn: Rooted,
  last: Sealed,
  end: End,
): readonly Pick[] {
  expectSame(fault('drawnFor'), end.draw.round, drawn.round);
  expectSame(
    fault('members'),
    end.draw.members.join(' '),
    drawn.members.map((member) => member.miner).join(' '),
  );
  const { list } = candidates;
  if (list.length < rules.minCommittee) {
    expectThat(end.draw.kept, 'tooFew');
    const former = committeeRoot(encodeCommittee(drawn.round - 1n, drawn.members));
    expectSame(fault('formerRoot'), former, rootOfNext);
    return [];
  }
  expectThat(!end.draw.kept, 'enough');
  const size = Math.min(rules.committeeSize, list.length);
  const weighed = list.map(({ miner, weight }) => ({ id: miner, weight }));
  const picks = draw(drawn.round, last.beacon, weighed, size);
  expectSame(fault('membersDrawn'), end.draw.members.join(' '), picks.map((pick) => pick.id).join(' '));
  return picks;
}
