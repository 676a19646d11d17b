import { act, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { chainNow, setClock } from '../lib/clock';
import { useTimed } from './clock';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

it('is the node’s clock, and goes on between its answers', () => {
  setClock(5_000_000);
  vi.advanceTimersByTime(1500);
  expect(chainNow()).toBe(5_001_500);
  // The next answer counts, also one that is behind.
  setClock(4_000_000);
  expect(chainNow()).toBe(4_000_000);
});

it('draws anew only who shows another text', () => {
  setClock(Date.now());
  const drawn = { minutes: 0, seconds: 0 };
  const begun = chainNow();
  function Minutes() {
    drawn.minutes += 1;
    return <p>{useTimed((now) => `${Math.floor((now - begun) / 60_000)} min`)}</p>;
  }
  function Seconds() {
    drawn.seconds += 1;
    return <p>{useTimed((now) => `${Math.floor((now - begun) / 1000)} s`)}</p>;
  }
  const { unmount } = render(
    <>
      <Minutes />
      <Seconds />
    </>,
  );
  const before = { ...drawn };
  for (let tick = 0; tick < 20; tick += 1) {
    void act(() => {
      vi.advanceTimersByTime(500);
    });
  }
  expect(screen.getByText('10 s')).toBeTruthy();
  expect(drawn.seconds - before.seconds).toBe(10);
  expect(drawn.minutes).toBe(before.minutes);
  unmount();
  // What Preact put off runs once; a timer that goes on would be there again.
  vi.runOnlyPendingTimers();
  expect(vi.getTimerCount()).toBe(0);
});
