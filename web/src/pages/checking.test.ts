import { describe, expect, it } from 'vitest';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { failureText, Said } from '../lib/refusal';
import { checks } from './checking';

describe('a check whose code could not be had', () => {
  it.each([en, zh])('says so, and nothing about what was to be checked', async (t) => {
    const gone = new TypeError('Failed to fetch dynamically imported module');
    const answer = await checks(Promise.reject<{ run: () => void }>(gone), t);
    if (!('kind' in answer)) throw new Error('it was had');
    expect(answer.kind).toBe('incomplete');
    expect(answer.cause).toBeInstanceOf(Said);
    expect(failureText(answer.cause, t)).toBe(t.common.broken);
  });

  it('is passed on where it could', async () => {
    const run = () => undefined;
    expect(await checks(Promise.resolve({ run }), en)).toEqual({ run });
  });
});
