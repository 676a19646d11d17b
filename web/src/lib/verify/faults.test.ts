import { describe, expect, it } from 'vitest';
import { zhFaults } from '../../i18n/zh-faults';
import { genesis, chainId } from '../../test/chain';
import { DecodeError } from '../codec/reader';
import { FAULT, fault, type FaultKind, faultOf, Mismatch, sayFault } from './faults';
import { readGenesis } from './genesis';
import { inSteps } from './steps';

const chinese = (found: ReturnType<typeof fault>) => sayFault(found, zhFaults);

describe('what does not hold', () => {
  it.each(Object.keys(FAULT) as FaultKind[])('%s is said in Chinese with no English', (kind) => {
    const figures = Array.from({ length: FAULT[kind].length }, (_, index) => String(71 + index));
    const text = chinese(fault(kind, ...figures));
    expect(text).toMatch(/\p{Script=Han}/u);
    expect(text).not.toMatch(/[a-z]/i);
    // What an encoding breaks is said by its place; what kind a receipt should be, and what nobody foresaw, in English alone.
    const kept = { malformed: [], malformedAt: ['71'], receiptKind: ['71'], impossible: [] } as const;
    for (const figure of (kept as Partial<Record<FaultKind, readonly string[]>>)[kind] ?? figures) {
      expect(text).toContain(figure);
    }
  });

  it('is said about what it is about, in the same language', () => {
    const found = fault('differs', fault('inBlock', 7n, fault('parent')), 'ab', 'cd');
    expect(sayFault(found)).toBe('block 7: parent: the node says ab, it should be cd');
    expect(chinese(found)).toBe('区块 7：父区块：节点说是 ab，应为 cd');
  });

  it.each([
    ['a mismatch', () => new Mismatch(fault('signature')), '签名不成立'],
    [
      'bytes that are no value',
      () => new DecodeError('vrf', 12, 'needs 48 bytes'),
      '第 12 字节起的数据不符合编码规则',
    ],
    [
      'bytes that are too many',
      () => new DecodeError('evidence', null, '9 bytes are more than 8'),
      '数据不符合编码规则',
    ],
    ['what nobody foresaw', () => new RangeError('does not fit'), '数据中有任何链都不可能有的数值'],
  ])('is told of each step, whatever was thrown: %s', (_, thrown, said) => {
    const outcome = inSteps<'evidence', null>(
      () => undefined,
      (take) =>
        take('evidence', () => {
          throw thrown();
        }),
    );
    if (outcome.holds) throw new Error('it held');
    expect(chinese(outcome.failed.fault)).toBe(said);
    expect(outcome.failed.detail).toBe(thrown().message);
  });

  it('is also what a genesis is refused with', () => {
    const why = (read: () => unknown): string => {
      try {
        read();
      } catch (error) {
        return chinese(faultOf(error));
      }
      return '';
    };
    expect(why(() => readGenesis(genesis, '00'.repeat(32)))).toBe(
      `创世的哈希：节点说是 ${chainId}，应为 ${'00'.repeat(32)}`,
    );
  });
});
