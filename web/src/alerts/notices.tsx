/** The wish for notices of the browser. Nothing is asked of the browser before the reader asks. */

import { useState } from 'react';
import { useText } from '../i18n';
import { Fold } from '../ui/fold';
import { permission, useNotices } from './runner';

export function Notices() {
  const t = useText();
  const { on, set } = useNotices();
  const [refused, setRefused] = useState(false);
  if (permission() === 'impossible') return null;
  return (
    <Fold title={t.notify.title}>
      <div className="stack">
        <p className="small muted">{t.notify.help}</p>
        <div>
          <button
            type="button"
            className="button small"
            aria-pressed={on}
            onClick={() => void set(!on).then((granted) => setRefused(!granted))}
          >
            {on ? t.notify.off : t.notify.on}
          </button>
        </div>
        <p role="status" className="small bad">
          {refused ? t.notify.blocked : null}
        </p>
      </div>
    </Fold>
  );
}
