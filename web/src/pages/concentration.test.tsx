import { screen, within } from '@testing-library/preact';
import { beforeEach, expect, it } from 'vitest';
import { answerOf } from '../test/fixtures';
import { renderAt, startNode, type TestNode } from '../test/render';
import type { RoundReceipt } from '../api/types';

let node: TestNode;

beforeEach(() => {
  localStorage.clear();
  node = startNode();
});

const point = (round: number) => ({
  ...(answerOf('supply/history', new URLSearchParams()) as object[])[0],
  round,
});

/** A receipt with these votes of the candidates. */
function receiptWith(round: number, votes: readonly string[]): object {
  const receipt = answerOf('rounds/1/receipt', new URLSearchParams()) as RoundReceipt;
  const [like] = receipt.draw.candidates;
  const [pool] = receipt.pools;
  const miner = (id: number) => ({ ...like!.miner, id });
  const candidates = votes.map((own, id) => ({
    ...like!,
    miner: miner(id),
    votes: own,
    weight: own,
    slots: 10,
  }));
  // Two of the candidates have a seat, and a member that has left.
  const pools = [0, 1, 70].map((id) => ({ ...pool!, miner: miner(id), pool: id === 0 ? '60' : '20' }));
  return { ...receipt, round, pools, draw: { ...receipt.draw, candidates } };
}

async function openCourse(): Promise<void> {
  await renderAt('/network');
  const summary = await screen.findByText('Its course over the rounds');
  expect(node.requests.some((request) => request.includes('receipt'))).toBe(false);
  // Without layout a click on a summary does not open it.
  const details = summary.closest('details')!;
  details.open = true;
  details.dispatchEvent(new Event('toggle'));
}

it('has the course of concentration, from the draws of rounds that the node keeps', async () => {
  node.overrides.set('supply/history', [0, 4, 9].map(point));
  node.overrides.set('rounds/0/receipt', receiptWith(0, ['10', '10', '10', '10']));
  node.overrides.set('rounds/9/receipt', receiptWith(9, ['90', '4', '4', '2']));
  node.overrides.set('rounds/4/receipt', receiptWith(4, ['20', '20', '10', '10']));
  await openCourse();
  const read = async (figure: string) => {
    const chart = await screen.findByRole('region', { name: figure });
    return within(chart).getByRole('slider').getAttribute('aria-valuetext');
  };
  expect(await read('Gini coefficient')).toBe(
    'Round 9: Votes 0.66, Election weight 0.66, Slots their seats gave them 0, Bonus of that round 0.56',
  );
  expect(await read('Fewest with over 33 %')).toMatch(
    /^Round 9: Votes 1, .* gave them 2, Bonus of that round 1$/,
  );
  expect(await read('Fewest with over 50 %')).toMatch(
    /^Round 9: Votes 1, .* gave them 3, Bonus of that round 1$/,
  );
  // Nobody is counted by halves.
  const few = screen.getByRole('region', { name: 'Fewest with over 33 %' });
  expect(within(few).queryByText('1')).toBeTruthy();
  expect(within(few).queryByText(/^[0-9]\.[0-9]/)).toBeNull();
  expect(node.requests.filter((request) => request.includes('receipt'))).toHaveLength(3);
});

it('says when nothing can be told yet', async () => {
  node.overrides.set('supply/history', [0].map(point));
  await openCourse();
  expect(await screen.findByText('Two rounds have to end first.')).toBeTruthy();
});
