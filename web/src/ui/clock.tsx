/** Times that go on by themselves. Who shows one is drawn anew when its text changes, and nobody else is. */

import { useSyncExternalStore } from 'react';
import { useText } from '../i18n';
import { chainNow } from '../lib/clock';
import { duration, instant, isImminent } from '../lib/format';

const TICK_MS = 500;
const listeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** One timer for all. */
function onTick(listener: () => void): () => void {
  listeners.add(listener);
  ticking ??= setInterval(() => {
    for (const tell of listeners) tell();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** A text that depends on the time. */
export function useTimed(textAt: (now: number) => string, clock: () => number = chainNow): string {
  return useSyncExternalStore(onTick, () => textAt(clock()));
}

/** Since when, on the chain's clock if no other is said; the exact time is in the title. */
export function When({ ms, clock }: { readonly ms: number; readonly clock?: () => number }) {
  const t = useText();
  const text = useTimed((now) => {
    // What has happened did not happen later than now, whatever two clocks say.
    const distance = now - ms;
    return distance < 1000 ? t.common.justNow : t.common.ago(duration(distance, t.locale));
  }, clock);
  return (
    <time dateTime={new Date(ms).toISOString()} title={instant(ms, t.locale)} className="nowrap">
      {text}
    </time>
  );
}

/** How long until an instant of the chain's clock. */
export function Until({ ms }: { readonly ms: number }) {
  const t = useText();
  const text = useTimed((now) => {
    const left = ms - now;
    return isImminent(left) ? t.common.anyMoment : t.common.inTime(duration(left, t.locale));
  });
  return <>{text}</>;
}
