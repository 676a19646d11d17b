/** Lists that grow at their top stand while they are read: nothing moves under the pointer or away from the eye. */

import { type ReactElement, useState } from 'react';
import { useText } from '../i18n';
import { count } from '../lib/format';

/** Above a list that stands: how many have come since, which are shown when the reader says so. There from the beginning, it moves nothing. */
export function NewerBar({
  newer,
  onShow,
}: {
  readonly newer: number;
  readonly onShow: () => void;
}): ReactElement {
  const t = useText();
  return (
    <p className="toolbar small">
      <button type="button" className="button small" disabled={newer <= 0} onClick={onShow}>
        {t.common.newer(count(Math.max(0, newer), t.locale))}
      </button>
    </p>
  );
}

interface Held<Value> {
  readonly value: Value;
  /** For the element that is held. */
  readonly hold: Readonly<Record<'onPointerEnter' | 'onPointerLeave' | 'onFocus' | 'onBlur', () => void>>;
}

/** The newest value; while the pointer or the focus is on its element, the one that was there then. */
export function useHeld<Value>(newest: Value): Held<Value> {
  const [held, setHeld] = useState<{ readonly value: Value } | null>(null);
  const take = () => setHeld((before) => before ?? { value: newest });
  const release = () => setHeld(null);
  return {
    value: held === null ? newest : held.value,
    hold: { onPointerEnter: take, onPointerLeave: release, onFocus: take, onBlur: release },
  };
}
