/** The explanation in five pictures: on the overview until the reader has seen it, and under Help for ever. */

import { type ReactNode, useState } from 'react';
import { useText } from '../i18n';
import { readSetting, writeSetting } from '../lib/settings';
import { Sheet } from '../ui/parts';
import { Drawing, PICTURES } from './pictures';

export function Pictures({ aside }: { readonly aside?: ReactNode }) {
  const t = useText();
  return (
    <Sheet title={t.help.introTitle} aside={aside}>
      <ol className="pictures">
        {PICTURES.map((picture) => (
          <li key={picture}>
            <Drawing of={picture} />
            <div>
              <h3>{t.help.pictures[picture].title}</h3>
              <p className="small">{t.help.pictures[picture].text}</p>
            </div>
          </li>
        ))}
      </ol>
    </Sheet>
  );
}

/** For who comes for the first time. */
export function Intro() {
  const t = useText();
  const [seen, setSeen] = useState(() => readSetting('introduced') !== null);
  if (seen) return null;
  const dismiss = () => {
    writeSetting('introduced', '1');
    setSeen(true);
  };
  return (
    <Pictures
      aside={
        <span className="row small">
          <span className="muted">{t.help.again}</span>
          <button type="button" className="button small" onClick={dismiss}>
            {t.help.dismiss}
          </button>
        </span>
      }
    />
  );
}
