import { describe, expect, it } from 'vitest';
import { zh } from '../../i18n/zh';
import { FOUND, found, type FoundKind, sayFound } from './found';

describe('what a check finds', () => {
  it('is said in ETM, with grouped figures and the plurals of English', () => {
    expect(sayFound(found('pools', 5, 100_000_000n, 550_000_001n))).toBe(
      '5 pools of 1\u00a0ETM, 5.50000001\u00a0ETM on top for the lucky member',
    );
    expect(sayFound(found('evidence', 7345))).toBe('7,345 bytes');
    expect(sayFound(found('walk', 1, 1200))).toBe('1 round from round 1,200');
  });

  it.each(Object.keys(FOUND) as FoundKind[])(
    '%s is said in Chinese with the same figures and no English',
    (kind) => {
      const figures = Array.from({ length: FOUND[kind].length }, (_, index) => String(7 + index));
      const text = sayFound({ kind, figures }, zh.verify.found);
      for (const figure of figures) expect(text).toContain(figure);
      expect(text.replaceAll('ETM', '')).not.toMatch(/[a-z]/i);
    },
  );
});
