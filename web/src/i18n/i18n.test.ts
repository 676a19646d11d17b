import { describe, expect, it } from 'vitest';
import { en } from './en';
import { zh } from './zh';

/** Every text there is, with what it is called; functions are given figures and names. */
function texts(part: unknown, path: string): [string, string][] {
  if (typeof part === 'string') return [[path, part]];
  if (typeof part === 'function') {
    const given = Array.from({ length: part.length }, (_, index) => String(index + 2));
    return [[path, String((part as (...input: string[]) => unknown)(...given))]];
  }
  return Object.entries(part as object).flatMap(([key, inner]) => texts(inner, `${path}.${key}`));
}

describe.each([
  ['English', en],
  ['Chinese', zh],
])('the texts in %s', (_, language) => {
  const all = texts(language, '');

  it('are shown as they are: no marks of another notation, nothing undefined', () => {
    expect(all.length).toBeGreaterThan(500);
    expect(all.filter(([, text]) => /`|\*\*|undefined|NaN|\[object/.test(text))).toEqual([]);
    expect(all.filter(([path, text]) => text.trim() === '' && path !== '.marks.gap')).toEqual([]);
  });
});

it('writes Chinese with the marks of Chinese', () => {
  const strange = /\p{Script=Han} ?[,:;!?()]|[,:;!?()] ?\p{Script=Han}/u;
  expect(texts(zh, '').filter(([, text]) => strange.test(text))).toEqual([]);
});
