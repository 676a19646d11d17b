/**
 * What lies further down is made when the reader comes near, or when the browser has nothing else to do: what is seen first is there
 * first, and no single piece of work holds up a touch.
 */

import { type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react';
import { Skeleton } from './parts';

/** How near is near. */
const MARGIN = '200px';
/** For browsers that don't tell when they are idle. */
const REST_MS = 100;

const waiting = new Set<() => void>();
let asked = false;

/** Makes one piece each time the browser rests. */
function whenIdle(make: () => void): () => void {
  waiting.add(make);
  ask();
  return () => waiting.delete(make);
}

function ask(): void {
  if (asked || waiting.size === 0) return;
  asked = true;
  const rested = () => {
    asked = false;
    const [next] = waiting;
    if (next !== undefined) {
      waiting.delete(next);
      next();
    }
    ask();
  };
  if (typeof requestIdleCallback === 'function') requestIdleCallback(rested);
  else setTimeout(rested, REST_MS);
}

/** `lines` keep the room until then, as they do while data is on its way. */
export function Later({
  lines,
  children,
}: {
  readonly lines: number;
  readonly children: ReactNode;
}): ReactElement {
  const [due, setDue] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (due || element === null) return undefined;
    const make = () => setDue(true);
    const withdraw = whenIdle(make);
    if (typeof IntersectionObserver === 'undefined') return withdraw;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) make();
      },
      { rootMargin: MARGIN },
    );
    observer.observe(element);
    return () => {
      withdraw();
      observer.disconnect();
    };
  }, [due]);
  if (due) return <>{children}</>;
  return (
    <div ref={place}>
      <Skeleton lines={lines} />
    </div>
  );
}
