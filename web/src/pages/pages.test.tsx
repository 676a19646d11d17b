import { QueryClient } from '@tanstack/react-query';
import { screen, waitFor, within } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { accountQuery, statusQuery } from '../api/queries';
import { ADDRESS, status } from '../test/fixtures';
import { giveSize, renderAt, startNode, type TestNode } from '../test/render';
import { WalletStore } from '../wallet/store';

let node: TestNode;

beforeEach(() => {
  localStorage.clear();
  node = startNode();
  giveSize();
});

function watching(): WalletStore {
  const store = new WalletStore();
  store.watch('Savings', ADDRESS);
  return store;
}

it.each([
  ['/blocks/99999', 'blocks/99999', 'The newest block', `/blocks/${status.tip.height}`],
  ['/rounds/99999', 'rounds/99999', 'The running round', `/rounds/${status.progress.round}`],
])('%s, which is not there yet, says what is', async (path, route, said, newest) => {
  node.overrides.set(route, undefined);
  await renderAt(path);
  const line = await screen.findByText(new RegExp(`^${said}`));
  expect(within(line).getByRole('link').getAttribute('href')).toContain(newest);
});

it.each([
  ['/blocks/0', 'blocks/0', 'Block 0'],
  ['/rounds/99999', 'rounds/99999', 'Round 99,999'],
  ['/miners/nobody', 'miners/nobody', 'Miner nobody'],
  [`/transactions/${'ab'.repeat(32)}`, `transactions/${'ab'.repeat(32)}`, 'Transaction'],
])('%s, which the node does not know, has the title of what was asked for', async (path, route, title) => {
  node.overrides.set(route, undefined);
  await renderAt(path);
  expect(await screen.findByText('The node does not know it: it is not there, or not yet.')).toBeTruthy();
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(title);
  await waitFor(() => expect(document.title).toBe(`${title} – En-Tan-Mo`));
  expect(screen.getByRole('link', { name: 'Back to the overview' })).toBeTruthy();
});

describe('a page that has nothing to show', () => {
  it.each([
    ['/accounts/A123', 'Back to the overview'],
    ['/compare?ids=', 'Miners'],
    ['/vote?do=lock', 'Open the wallet'],
  ])('has a way on: %s', async (path, name) => {
    await renderAt(path);
    await screen.findByRole('heading', { level: 1 });
    const main = within(document.querySelector('main')!);
    expect(await main.findByRole('link', { name })).toBeTruthy();
  });

  it.each([
    [`${ADDRESS.slice(0, -1)}${ADDRESS.endsWith('1') ? '2' : '1'}`, 'The checksum is wrong'],
    [ADDRESS.replace(/.$/, '0'), 'is not used in addresses'],
    [ADDRESS.slice(0, 25), 'Too long or too short for an address'],
  ])('says what is wrong with an address that was mistyped: %s', async (q, said) => {
    node.overrides.set('search', { results: [] });
    await renderAt(`/search?q=${q}`);
    expect(await screen.findByText(new RegExp(said))).toBeTruthy();
    expect(screen.queryByText(/^Nothing found/)).toBeNull();
  });

  it('asks a node for nothing that no node takes', async () => {
    await renderAt(`/search?q=${'中'.repeat(43)}`);
    expect(await screen.findByText(/^Nothing found/)).toBeTruthy();
    expect(node.requests.filter((request) => request.includes('/search?'))).toEqual([]);
  });
});

describe('the overview', () => {
  it('shows who is on turn and that the bonus follows its schedule', async () => {
    await renderAt('/');
    expect(
      await screen.findByText('Issued equals the schedule to the unit, as this page computes it.', {
        exact: false,
      }),
    ).toBeTruthy();
    expect((await screen.findAllByText('miner1')).length).toBeGreaterThan(0);
    expect(await screen.findByText('140 ms')).toBeTruthy();
  });

  it('says so when the node issues more than the schedule', async () => {
    const { supply } = await import('../test/fixtures');
    node.overrides.set('supply', { ...supply, bonus_issued: '1300000001' });
    await renderAt('/');
    expect(await screen.findByText(/One of them is wrong/)).toBeTruthy();
  });
});

describe('the end of the running round', () => {
  const ending = async (blocks_done: number, ends_ms: number) => {
    node.overrides.set('status', {
      ...status,
      progress: { ...status.progress, blocks_done, blocks_total: 20, ends_ms },
    });
    await renderAt('/');
  };

  it('is not called near because its time has passed, while blocks are to come', async () => {
    await ending(2, status.sync.now_ms - 5_000);
    expect(await screen.findByText(/later than expected/)).toBeTruthy();
    expect(screen.queryByText(/about to end/)).toBeNull();
  });

  it.each([
    ['stalled', 'no new blocks'],
    ['behind', 'catching up'],
    ['starting', 'catching up'],
  ] as const)('is not counted down while the node is %s', async (state, said) => {
    node.overrides.set('status', {
      ...status,
      sync: { ...status.sync, state },
      progress: { ...status.progress, blocks_done: 19, blocks_total: 20 },
    });
    await renderAt('/');
    const round = await screen.findByRole('region', { name: /^Round/ });
    expect(within(round).getByText(new RegExp(said))).toBeTruthy();
    expect(screen.queryByText(/about to end|ends in about/)).toBeNull();
  });

  it('is called near when the last block is next', async () => {
    await ending(19, status.sync.now_ms - 5_000);
    expect(await screen.findByText(/about to end/)).toBeTruthy();
  });
});

describe('the window', () => {
  it.each([
    ['lock', 'Lock'],
    ['transfer', 'Send'],
    ['register', 'Become a miner'],
  ])('is named after what is done: %s', async (action, name) => {
    const store = new WalletStore();
    await store.addV1Secret('Savings', 'a secret of the original network', 'correct horse battery');
    await renderAt(`/vote?do=${action}`, store);
    await waitFor(() => expect(document.title).toBe(`${name} – En-Tan-Mo`));
  });

  it('says whose vote would be changed or withdrawn, and that nothing can be spent', async () => {
    const { answerOf } = await import('../test/fixtures');
    const store = new WalletStore();
    await store.addV1Secret('Savings', 'a secret of the original network', 'correct horse battery');
    const path = `accounts/${store.snapshot().active!.address}`;
    const own = answerOf(`accounts/${ADDRESS}`, new URLSearchParams()) as { projected: object };
    const projected = { ...own.projected, miner: { id: 1, name: 'miner1' } };
    node.overrides.set(path, { ...own, projected, balance: '0', free: '0' });
    await renderAt('/vote?do=withdraw', store);
    expect(await screen.findByText(/^Nothing can be spent from this address yet/)).toBeTruthy();
    const main = within(document.querySelector('main')!);
    expect(main.getByText(/^Votes for/).textContent).toBe('Votes for: miner1');
    expect(main.getByRole('link', { name: 'My position' })).toBeTruthy();
  });

  it('says which miner is given up or changed', async () => {
    const { answerOf } = await import('../test/fixtures');
    const store = new WalletStore();
    await store.addV1Secret('Savings', 'a secret of the original network', 'correct horse battery');
    const own = answerOf(`accounts/${ADDRESS}`, new URLSearchParams()) as object;
    node.overrides.set(`accounts/${store.snapshot().active!.address}`, {
      ...own,
      miner: { id: 1, name: 'miner1' },
    });
    await renderAt('/vote?do=resign', store);
    expect((await screen.findByText(/^Owns miner/)).textContent).toBe('Owns miner: miner1');
    await userEvent.click(screen.getByRole('tab', { name: 'Update miner' }));
    expect(screen.getByText(/^Owns miner/).textContent).toBe('Owns miner: miner1');
  });
});

it('the transactions of an account name its own as those of this account', async () => {
  const { answerOf } = await import('../test/fixtures');
  const list = answerOf('mempool', new URLSearchParams()) as object;
  const transfer = {
    hash: 'ab'.repeat(32),
    sender: ADDRESS,
    payload: { kind: 'transfer', amount: '5', recipient: ADDRESS },
    fee: '1',
    status: 'finalized',
  };
  node.overrides.set(`accounts/${ADDRESS}/transactions`, { ...list, transactions: [transfer], next: null });
  await renderAt(`/accounts/${ADDRESS}`);
  const row = (await screen.findByText('Transfer')).closest('tr')!;
  expect([...row.children].map((cell) => cell.textContent)).toContain('this account');
});

describe('the comparison', () => {
  it('shows whose votes mine are', async () => {
    await renderAt('/compare?ids=0,1', watching());
    await screen.findAllByText('miner1');
    await waitFor(() =>
      expect(
        node.requests.some((request) => request.includes('ids=0') && request.includes(`account=${ADDRESS}`)),
      ).toBe(true),
    );
  });
});

describe('the miners', () => {
  it('come in the fair order, and say so', async () => {
    await renderAt('/miners');
    expect(await screen.findByText(/Fair order of round/)).toBeTruthy();
    expect(await screen.findByText('rn_node.0o')).toBeTruthy();
    expect(node.requests.some((request) => request.includes('sort=fair'))).toBe(true);
  });

  it('are sorted by the node when a column is chosen', async () => {
    await renderAt('/miners');
    await userEvent.click(await screen.findByRole('button', { name: 'Chance of a seat' }));
    await screen.findByText('Sorted by: Chance of a seat.');
    await waitFor(() =>
      expect(node.requests.some((request) => request.includes('sort=inclusion'))).toBe(true),
    );
  });

  it('stay in their order when the reader’s own time gain changes', async () => {
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    await renderAt('/miners', watching(), queries);
    await screen.findByText(/Fair order of round/);
    const asked = (what: string) => node.requests.filter((request) => request.includes(what));
    expect(asked('sort=fair')).toHaveLength(1);
    expect(asked('sort=fair')[0]).toContain('time_gain=5');
    queries.setQueryData(accountQuery(ADDRESS).queryKey, (old) =>
      old?.position == null ? old : { ...old, position: { ...old.position, time_gain: 6 } },
    );
    queries.setQueryData(statusQuery.queryKey, (old) =>
      old === undefined ? old : { ...old, progress: { ...old.progress, round: old.progress.round + 1 } },
    );
    // The figures are those of now, in the order of then.
    await waitFor(() => expect(asked('time_gain=6').length).toBeGreaterThan(0));
    expect(asked('sort=fair')).toHaveLength(1);
  });

  it('can be marked, and the marks stay', async () => {
    await renderAt('/miners');
    await userEvent.click(await screen.findByRole('button', { name: 'Mark miner2 as favourite' }));
    expect(localStorage.getItem('etm.favourites')).toBe('2');
    await userEvent.click(screen.getByRole('tab', { name: 'Favourites' }));
    await waitFor(() => expect(node.requests.some((request) => request.includes('ids=2'))).toBe(true));
  });

  it('are drawn anew where they change: not by a letter that is typed, and one by its star', async () => {
    const { MINER_COLUMNS } = await import('./miners-columns');
    await renderAt('/miners');
    await screen.findByText('rn_node.0o');
    const cell = vi.spyOn(
      MINER_COLUMNS.find((column) => column.id === 'name')!,
      'cell',
    );
    const asked = () => node.requests.filter((request) => request.includes('&q=m&')).length;
    let answer: (() => void) | undefined;
    node.held = new Promise<void>((done) => {
      answer = done;
    });
    await userEvent.type(screen.getAllByRole('searchbox').at(-1)!, 'm');
    await waitFor(() => expect(asked()).toBe(1));
    // The address changed, and the answer is under way: the rows stand.
    expect(cell).not.toHaveBeenCalled();
    answer?.();
    node.held = null;
    await waitFor(() => expect(cell).toHaveBeenCalled());
    cell.mockClear();
    await userEvent.click(screen.getByRole('button', { name: 'Mark miner2 as favourite' }));
    await screen.findByRole('button', { name: 'Unmark miner2 as favourite' });
    expect(cell).toHaveBeenCalledTimes(1);
  });

  it('say nothing of an order or a number where none are asked for', async () => {
    await renderAt('/miners');
    await screen.findByText(/Fair order of round/);
    await userEvent.click(screen.getByRole('tab', { name: 'Favourites' }));
    expect(await screen.findByText(/^No favourites yet/)).toBeTruthy();
    expect(screen.queryByText(/Fair order of round|^[0-9]+ miners$/)).toBeNull();
    expect(screen.queryByRole('button', { name: /^What is/ })).toBeNull();
  });
});

describe('a miner', () => {
  it('has its contact as text: no address of another kind becomes a link', async () => {
    await renderAt('/miners/3');
    const contact = await screen.findByText('javascript:alert(1)');
    expect(contact.closest('a')).toBeNull();
    expect(contact.tagName).toBe('BDI');
  });

  it('has hostile text shown, not executed and not turned around', async () => {
    const { answerOf } = await import('../test/fixtures');
    const detail = answerOf('miners/3', new URLSearchParams()) as object;
    const hostile = '\u202e\u061c<img src=x onerror=alert(1)>\u{e0041}\u3164';
    node.overrides.set('miners/3', { ...detail, contact: hostile, name: '<b>x</b>' });
    const { container } = await renderAt('/miners/3');
    const shown = await screen.findByText('??<img src=x onerror=alert(1)>??');
    expect(shown.tagName).toBe('BDI');
    expect(container.querySelector('img')).toBeNull();
    expect(container.querySelector('b')).toBeNull();
  });
});

describe('an account', () => {
  it('is shown exactly to the last unit, with the reasons of its bonus', async () => {
    await renderAt('/position', watching());
    await screen.findByText('50.12345678 free + 0.00000003 earned bonus; no claim needed');
    expect(await screen.findByText(/miner1 was the lucky member/)).toBeTruthy();
    expect(await screen.findByText('miner1 was not in the committee of this round.')).toBeTruthy();
    expect(screen.getByTestId('time-gain').textContent).toBe('5');
  });

  it('says what is wrong with a mistyped address, without asking the node', async () => {
    const mistyped = `${ADDRESS.slice(0, -1)}${ADDRESS.endsWith('2') ? '3' : '2'}`;
    await renderAt(`/accounts/${mistyped}`);
    expect(await screen.findByText(/The checksum is wrong/)).toBeTruthy();
    expect(node.requests.some((request) => request.includes(mistyped))).toBe(false);
  });
});

describe('the peers of the node', () => {
  it('are told by what the chain says of them, and by what they say of themselves', async () => {
    await renderAt('/network');
    const told = (await screen.findByText('on the committee')).closest('tr')!;
    for (const cell of ['birch', 'connected', '0.1.0', '12'])
      expect(within(told).getByText(cell)).toBeTruthy();
    const silent = screen.getByText('no miner').closest('tr')!;
    expect(within(silent).getByText('not connected')).toBeTruthy();
    expect(screen.getByText(/what the peer says of itself: nothing proves them/)).toBeTruthy();
  });
});

describe('the state of the node', () => {
  it('is said when it is away, and it recovers alone', async () => {
    node.down = true;
    await renderAt('/blocks');
    expect((await screen.findAllByText('The node does not answer.')).length).toBeGreaterThan(0);
    node.down = false;
    const [retry] = await screen.findAllByRole('button', { name: 'Try again' });
    await userEvent.click(retry!);
    expect(await screen.findByRole('columnheader', { name: 'Producer' })).toBeTruthy();
  });

  it('is said when it is behind', async () => {
    node.overrides.set('status', { ...status, sync: { ...status.sync, state: 'behind', best_height: 99 } });
    await renderAt('/');
    expect(
      await screen.findByText(/The node is catching up: it is at block 13, the network at 99/),
    ).toBeTruthy();
  });

  it('is said when its answer is no answer', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    node.overrides.set('supply', { bonus_issued: 'lots' });
    await renderAt('/');
    expect(await screen.findByText(/^What came makes no sense to this page/)).toBeTruthy();
  });
});

describe('the language', () => {
  it('changes everything at once, and is remembered', async () => {
    await renderAt('/miners');
    await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Language' }), 'zh');
    const nav = await screen.findByRole('navigation', { name: '主导航' }, { timeout: 30_000 });
    expect(within(nav).getByText('矿工')).toBeTruthy();
    await waitFor(() => expect(document.documentElement.lang).toBe('zh-CN'));
    expect(localStorage.getItem('etm.language')).toBe('zh');
    await userEvent.selectOptions(screen.getByRole('combobox', { name: '语言' }), 'en');
    await screen.findByRole('navigation', { name: 'Main' }, { timeout: 30_000 });
  });
});

describe('the rounds', () => {
  it('count nothing of one that is announced only', async () => {
    const { answerOf } = await import('../test/fixtures');
    const { rounds } = answerOf('rounds', new URLSearchParams()) as { rounds: object[] };
    const announced = { ...rounds[0], round: 4, state: 'announced', blocks: 0, missed: 0, transactions: 0 };
    node.overrides.set('rounds', {
      running: 3,
      rounds: [{ ...announced, lucky: null, bonus: null }, ...rounds],
      next: null,
    });
    await renderAt('/rounds');
    const tag = await screen.findByText('announced');
    const cells = [...tag.closest('tr')!.querySelectorAll('td')].map((cell) => cell.textContent.trim());
    expect(cells.slice(2, 5)).toEqual(['–', '–', '–']);
  });
});
