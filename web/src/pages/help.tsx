import type { ReactElement } from 'react';
import { Pictures } from '../help/intro';
import { useText } from '../i18n';
import { PageHead, Sheet } from '../ui/parts';

export function HelpPage(): ReactElement {
  const t = useText();
  return (
    <>
      <PageHead title={t.help.title} lead={t.help.lead} />
      <Pictures />
      <Sheet title={t.help.glossary}>
        <dl className="pairs glossary">
          {Object.entries(t.help.terms).map(([word, [name, meaning]]) => (
            <div key={word}>
              <dt>{name}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </Sheet>
    </>
  );
}
