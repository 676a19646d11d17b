import { describe, expect, it } from 'vitest';
import { FAULT } from '../lib/verify/faults';
import { en as enText } from './en';
import { zh as zhText } from './zh';
import { zhFaults } from './zh-faults';

// Also what is fetched only when there is something to say.
const en = { ...enText, faults: FAULT };
const zh = { ...zhText, faults: zhFaults };

/** Every text there is, with what it is called; functions are given figures and names. */
function texts(
  part: unknown,
  path: string,
  figure: (index: number) => string | number = (index) => String(index + 2),
): [string, string][] {
  if (typeof part === 'string') return [[path, part]];
  if (typeof part === 'function') {
    const given = Array.from({ length: part.length }, (_, index) => figure(index));
    return [[path, String((part as (...input: (string | number)[]) => unknown)(...given))]];
  }
  return Object.entries(part as object).flatMap(([key, inner]) => texts(inner, `${path}.${key}`, figure));
}

describe.each([
  ['English', en],
  ['Chinese', zh],
])('the texts in %s', (_, language) => {
  const all = texts(language, '');

  it('are shown as they are: no marks of another notation, nothing undefined', () => {
    expect(all.length).toBeGreaterThan(500);
    expect(all.filter(([, text]) => /`|\*\*|\^|undefined|NaN|\[object/.test(text))).toEqual([]);
    expect(all.filter(([path, text]) => text.trim() === '' && path !== '.marks.gap')).toEqual([]);
  });
});

it('counts one thing as one', () => {
  const things =
    'blocks?|rounds?|seats?|slots?|days?|times?|seconds?|bytes?|members?|miners?|voters?|cohorts?|candidates?|receipts?|pools?|transactions?|wallets?';
  const plural = new RegExp(
    `\\b1 (?:(?:${things.replaceAll('?', '')})\\b|(?:${things})(?: of 1 that)? (?:wait|halve|are)\\b)`,
  );
  // Some take their figures as text, some as numbers: what is wrong with both is wrong.
  const wrong = [1, '1'].map(
    (one) => new Set(texts(en, '', () => one).flatMap(([path, text]) => (plural.test(text) ? [path] : []))),
  );
  expect([...wrong[0]!].filter((path) => wrong[1]!.has(path))).toEqual([]);
});

it('writes Chinese with the marks of Chinese', () => {
  const strange = /\p{Script=Han} ?[,:;!?()]|[,:;!?()] ?\p{Script=Han}/u;
  expect(texts(zh, '').filter(([, text]) => strange.test(text))).toEqual([]);
});

/** Words of the glossary that stand for one thing alone: where one language has one, the other has its own for it. */
const WORDS: readonly (readonly [RegExp, RegExp])[] = [
  [/\bpositions?\b/i, /持仓/],
  [/\bcommittees?\b/i, /委员会/],
  [/\btime gain/i, /时间增益/],
  [/\bbeacons?\b/i, /信标/],
  [/\blucky\b/i, /幸运/],
  [/\bdeposit(s|ed)?\b/i, /押金/],
  [/\breceipts?\b/i, /收据/],
  [/\bfees?\b/i, /手续费/],
  [/(?<!arrow )\bkeys?\b/i, /密钥|公钥/],
  [/\bsecrets?\b/i, /密语/],
];

it('has one Chinese word for one thing, and that word for nothing else', () => {
  const chinese = new Map(texts(zh, ''));
  const apart = texts(en, '').flatMap(([path, text]) => {
    const other = chinese.get(path) ?? '';
    return WORDS.filter(([one, its]) => one.test(text) !== its.test(other)).map(
      ([one]) => `${path} (${String(one)}): ${text} | ${other}`,
    );
  });
  expect(apart).toEqual([]);
});

it('calls what is done with tokens otherwise than what is done with a wallet', () => {
  const locked = texts(zh, '').filter(([, text]) => text.includes('锁定'));
  expect(locked.map(([path]) => path)).toEqual(['.top.locked', '.wallet.lockNow', '.wallet.idle']);
});
