import { QueryClient } from '@tanstack/react-query';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Status } from '../api/types';
import { ADDRESS, answerOf, status } from '../test/fixtures';
import { renderAt, startNode, type TestNode } from '../test/render';
import { WalletStore } from '../wallet/store';
import { After } from './after';
import { useHeld } from './standing';

let node: TestNode;
let queries: QueryClient;

beforeEach(() => {
  localStorage.clear();
  localStorage.setItem('etm.introduced', '1');
  node = startNode();
  queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
});

/** The first cell of the first row of the table of this name. */
async function first(table: string): Promise<string | null> {
  const [, row] = within(await screen.findByRole('group', { name: table })).getAllByRole('row');
  return within(row!).getAllByRole('cell')[0]!.textContent;
}

const none = new URLSearchParams();
const tell = (change: (now: Status) => Partial<Status>) =>
  queries.setQueryData<Status>(['status'], (now) => (now === undefined ? now : { ...now, ...change(now) }));

describe('a list that grows at its top', () => {
  it('of blocks stands until the reader asks for what is newer', async () => {
    await renderAt('/blocks', new WalletStore(), queries);
    expect(await first('Blocks')).toBe('13');
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Nothing newer' }).disabled).toBe(true);
    const { blocks } = answerOf('blocks', none) as { blocks: { height: number }[] };
    node.overrides.set('blocks', {
      height: 15,
      next: null,
      blocks: [15, 14].map((height) => ({ ...blocks[0], height })),
    });
    tell(({ tip }) => ({ tip: { ...tip, height: 15 } }));
    const more = await screen.findByRole('button', { name: 'Show newer: 2' });
    expect(await first('Blocks')).toBe('13');
    await userEvent.click(more);
    await waitFor(async () => expect(await first('Blocks')).toBe('15'));
  });

  it('of rounds stands until the reader asks for what is newer', async () => {
    await renderAt('/rounds', new WalletStore(), queries);
    await first('Rounds');
    const asked = () => node.requests.filter((request) => request.includes('/rounds?'));
    const { round } = status.progress;
    expect(asked().every((request) => request.includes(`before_round=${round + 2}&`))).toBe(true);
    tell(({ progress }) => ({ progress: { ...progress, round: round + 3 } }));
    await userEvent.click(await screen.findByRole('button', { name: 'Show newer: 3' }));
    await waitFor(() => expect(asked().at(-1)).toContain(`before_round=${round + 5}&`));
  });

  it('is held while the pointer is on it', () => {
    function Probe({ newest }: { readonly newest: number }) {
      const { value, hold } = useHeld(newest);
      return (
        <p {...hold} data-testid="probe">
          {value}
        </p>
      );
    }
    const { rerender } = render(<Probe newest={1} />);
    const probe = screen.getByTestId('probe');
    fireEvent.pointerEnter(probe);
    rerender(<Probe newest={2} />);
    expect(probe.textContent).toBe('1');
    fireEvent.pointerLeave(probe);
    expect(probe.textContent).toBe('2');
  });
});

describe('what stands below', () => {
  it.each([
    ['/', 'Latest blocks'],
    ['/network', 'Waiting transactions'],
    ['/network', 'Node this page asks'],
    ['/position', 'What changed this position'],
  ])('waits on %s for what stands above: %s', async (path, title) => {
    let answer: () => void = () => undefined;
    node.held = new Promise((done) => {
      answer = done;
    });
    const store = new WalletStore();
    store.watch('Savings', ADDRESS);
    await renderAt(path, store, queries);
    expect(screen.queryByRole('heading', { name: title })).toBeNull();
    answer();
    expect(await screen.findByRole('heading', { name: title })).toBeTruthy();
  });

  it('stays while one that failed is asked for again', () => {
    const failed = { data: undefined, error: new Error('gone') };
    const { rerender } = render(<After queries={[failed]}>here</After>);
    expect(screen.getByText('here')).toBeTruthy();
    rerender(<After queries={[{ data: undefined, error: null }]}>here</After>);
    expect(screen.getByText('here')).toBeTruthy();
  });
});
