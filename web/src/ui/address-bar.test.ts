import { act, renderHook } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useTyped } from './address-bar';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** Types letter after letter, 100 ms apart; what was kept, and when. */
function typing(when: 'paused' | 'typed'): string[] {
  const kept: string[] = [];
  const begun = performance.now();
  const keep = (text: string) => kept.push(`${text} ${performance.now() - begun}`);
  const { result } = renderHook(() => useTyped('', keep, when));
  for (const text of ['a', 'am', 'amb', 'ambe', 'amber']) {
    void act(() => result.current[1](text));
    void act(() => void vi.advanceTimersByTime(100));
  }
  void act(() => void vi.advanceTimersByTime(1000));
  return kept;
}

it('what is typed is kept once the typing pauses', () => {
  expect(typing('paused')).toEqual(['amber 650']);
});

it('what is searched for is looked for from the first letter on, and not with every letter', () => {
  expect(typing('typed').slice(0, 3)).toEqual(['a 0', 'ambe 300', 'amber 650']);
});
