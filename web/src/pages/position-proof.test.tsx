/** What is shown of a proof, and how old that is. */

import { render } from '@testing-library/preact';
import { expect, it } from 'vitest';
import { initialLanguage, LanguageProvider, loadLanguage } from '../i18n';
import type { CheckedVotes } from '../lib/verify/votes';
import { RouterContext } from '../router/link';
import { PAGES } from '../router/pages';
import { Router } from '../router/router';
import { memoryEntries } from '../test/entries';
import { vectors } from '../test/vectors';
import { Reading } from './position-proof';

const { reading } = vectors('votes/position.json') as { reading: CheckedVotes };

async function shown(age: number, slotMs = 3_000): Promise<string> {
  const first = await loadLanguage(initialLanguage());
  const of = { ...reading, timestamp_ms: Date.now() - age };
  const { container } = render(
    <LanguageProvider first={first}>
      <RouterContext value={new Router(PAGES, memoryEntries('/'))}>
        <Reading reading={of} slotMs={slotMs} at={Date.now()} />
      </RouterContext>
    </LanguageProvider>,
  );
  return container.textContent;
}

it('says of what is proved that it is old, by this device’s clock', async () => {
  const old = 'the node stands still or shows nothing newer';
  expect(await shown(3_000)).not.toContain(old);
  // A clock that is behind is no reason.
  expect(await shown(-90_000)).not.toContain(old);
  // Nor is it where blocks are rare.
  expect(await shown(90_000, 10_000)).not.toContain(old);
  expect(await shown(90_000)).toMatch(new RegExp(`that is 1\\smin\\s30\\ssec ago: ${old}`));
});
