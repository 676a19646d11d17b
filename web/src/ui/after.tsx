/** What stands below waits until it is known how tall that is which stands above: nothing that is read moves. */

import { type ReactElement, type ReactNode, useState } from 'react';

interface Awaited {
  readonly data: unknown;
  readonly error: unknown;
}

/** Shows what is in it once each of these has come, or failed; and from then on, though one that failed is asked for again. */
export function After({
  queries,
  children,
}: {
  readonly queries: readonly Awaited[];
  readonly children: ReactNode;
}): ReactElement | null {
  const [shown, setShown] = useState(false);
  const all = queries.every(({ data, error }) => data !== undefined || error !== null);
  if (all && !shown) setShown(true);
  return all || shown ? <>{children}</> : null;
}
