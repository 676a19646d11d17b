/** One text of several that take each other's place: there is room for the longest, so that nothing below moves. */

import type { ReactElement } from 'react';

export function Either({
  texts,
  shown,
}: {
  readonly texts: readonly string[];
  /** The place of the one to be seen. */
  readonly shown: number;
}): ReactElement {
  return (
    <span className="either">
      {texts.map((text, place) => (
        <span key={place} aria-hidden={place === shown ? undefined : true}>
          {text}
        </span>
      ))}
    </span>
  );
}
