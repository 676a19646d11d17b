/** What a word means, behind a question mark beside it. */

import type { ReactNode } from 'react';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { Link } from '../router/link';
import { Help } from '../ui/help';

export type Word = keyof Text['help']['terms'];

export function Explained({
  word,
  children,
}: {
  readonly word: Word | undefined;
  readonly children: ReactNode;
}) {
  const t = useText();
  if (word === undefined) return children;
  const [name, meaning] = t.help.terms[word];
  return (
    <span className="explained">
      <span>{children}</span>
      <Help about={name ?? word}>
        <p>{meaning}</p>
        <p>
          <Link to="/help">{t.help.allTerms}</Link>
        </p>
      </Help>
    </span>
  );
}
