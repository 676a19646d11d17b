/** A draw as it was verified: the evidence names those who sat or were drawn, and nobody else. */

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/preact';
import { expect, it } from 'vitest';
import type { Round, RoundReceipt } from '../api/types';
import { initialLanguage, LanguageProvider, loadLanguage } from '../i18n';
import type { CheckedRound } from '../lib/verify/reading';
import { RouterContext } from '../router/link';
import { PAGES } from '../router/pages';
import { Router } from '../router/router';
import { memoryEntries } from '../test/entries';
import { answerOf, checkedRounds } from '../test/fixtures';
import { startNode } from '../test/render';
import { DrawSheet } from './draw-sheet';

const checked = checkedRounds[2]!;
/** Only one of the candidates is named by the evidence. */
const few: CheckedRound = {
  ...checked,
  committee: checked.committee.slice(0, 1),
  draw: { ...checked.draw, members: checked.committee.slice(0, 1) },
};

function names(): string[] {
  const table = screen.getByLabelText(/^Candidates/);
  return within(table)
    .getAllByRole('link', { hidden: true })
    .filter((link) => link.closest('td') !== null)
    .map((link) => link.textContent);
}

async function show(): Promise<void> {
  const first = await loadLanguage(initialLanguage());
  const round = answerOf('rounds/2', new URLSearchParams()) as Round;
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <LanguageProvider first={first}>
        <RouterContext value={new Router(PAGES, memoryEntries('/'))}>
          <DrawSheet round={round} checked={few} />
        </RouterContext>
      </LanguageProvider>
    </QueryClientProvider>,
  );
  await screen.findByLabelText(/^Candidates/);
}

it('names the other candidates as the node does, and says so', async () => {
  const node = startNode();
  const receipt = answerOf('rounds/2/receipt', new URLSearchParams()) as RoundReceipt;
  // Whom the evidence names has that name, whatever the node says.
  const member = few.committee[0]!.miner;
  const candidates = receipt.draw.candidates.map((candidate) => ({
    ...candidate,
    miner: candidate.miner.id === member.id ? { ...member, name: 'forged' } : candidate.miner,
  }));
  node.overrides.set('rounds/2/receipt', { ...receipt, draw: { ...receipt.draw, candidates } });
  const expected = receipt.draw.candidates.map(({ miner }) =>
    miner.id === member.id ? member.name : miner.name,
  );
  await show();
  await waitFor(() => expect(names()).toEqual(expected));
  expect(screen.getByText(/names of those who neither sat/)).toBeTruthy();
});

it('tells the others by number where the node tells nothing', async () => {
  startNode().pruned.add('rounds/2/receipt');
  const member = few.committee[0]!.miner;
  await show();
  expect(names()).toEqual(
    few.draw.candidates.map(({ miner }) => (miner === member.id ? member.name : `#${miner}`)),
  );
});
