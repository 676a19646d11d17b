import { render } from '@testing-library/preact';
import { LanguageProvider } from '../i18n';
import { en } from '../i18n/en';
import { When } from '../ui/clock';

/** How an instant is said at another one, in English. */
export function fixedWhen(ms: number, now: number): string | null {
  const { container } = render(
    <LanguageProvider first={{ language: 'en', text: en }}>
      <When ms={ms} clock={() => now} />
    </LanguageProvider>,
  );
  return container.textContent;
}
