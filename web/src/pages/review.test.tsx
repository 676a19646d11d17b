/** What stands under "Before you sign", and what keeps the button shut. */

import { QueryClient } from '@tanstack/react-query';
import { cleanup, screen, waitFor, within } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeUrl } from '../api/client';
import { en } from '../i18n/en';
import { fromHex } from '../lib/bytes';
import { decodeTransaction, MINER_KEYS_BYTES, transactionHash } from '../lib/codec/transaction';
import { readInteger } from '../lib/amount';
import { votes as votesOf } from '../lib/mechanism/votes';
import { account, ADDRESS } from '../test/fixtures';
import { renderAt, startNode, type TestNode } from '../test/render';
import { WalletStore } from '../wallet/store';
import { saveChain } from './verify-pins';

// There are no workers here; their answers have tests of their own.
vi.mock(import('../lib/verify/client'), async (original) => ({
  ...(await original()),
  askOnce: () => Promise.resolve({ kind: 'checked', good: true }),
}));

const PHRASE = `${'abandon '.repeat(23)}art`;
const FREE = 5_012_345_681n;
let node: TestNode;
let store: WalletStore;
let own: string;

beforeEach(async () => {
  localStorage.clear();
  node = startNode();
  store = new WalletStore();
  await store.addPhrase('Mine', PHRASE, 'correct horse');
  own = store.snapshot().active!.address;
  node.overrides.set(`accounts/${own}`, { ...account, address: own });
});

/** An answer to a preview that changes nothing of the position. */
const unchanged = {
  accepted: true,
  refused: null,
  before: account.projected,
  after: account.projected,
  after_best: account.projected,
  after_worst: account.projected,
  time_gain_change: 'none',
  fee: '10000000',
  balance_before: account.balance,
  balance_after: account.balance,
  effective_round: 3,
  effective_height: 15,
  miners: [],
  warnings: [],
};

const click = async (name: string) => userEvent.click(await screen.findByRole('button', { name }));
const type = async (label: string, text: string) => {
  const field = await screen.findByLabelText(label);
  await userEvent.clear(field);
  await userEvent.type(field, text);
};
const signButton = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Sign and send' });

async function reviewTransfer(amount: string, memo = '', queries?: QueryClient) {
  node.overrides.set(`accounts/${own}/preview`, unchanged);
  await renderAt('/vote?do=transfer', store, queries);
  await type('Amount in ETM', amount);
  await type('Recipient address', ADDRESS);
  if (memo !== '') await type('Memo (public, optional)', memo);
  await click('Review');
  await screen.findByText('Before you sign');
}

describe('before a signature', () => {
  it('when it takes effect follows from the height of the account, whatever the node foresees', async () => {
    const then = { effective_round: 9, effective_height: 1_000_000_000 };
    node.overrides.set(`accounts/${own}/preview`, { ...unchanged, ...then, height: account.height + 1 });
    await renderAt('/vote?do=withdraw', store);
    await click('Review');
    await screen.findByText('Before you sign');
    const said = screen.getByText('Takes effect').nextElementSibling?.textContent;
    expect(said).toBe(en.act.effectAt(String(account.effective_round), String(account.round_end.height)));
  });

  it('what the node says is held against the genesis of the chain: another fee, deposit or name is never signed', async () => {
    const { parameters } = await import('../test/fixtures');
    for (const [name, said] of [
      ['min_fee', 'least fee'],
      ['min_lock', 'least amount to lock'],
      ['deposit', 'deposit of a miner'],
      ['committee', 'seats of the committee'],
      ['blocks_per_round', 'blocks of a round'],
      ['min_committee', 'least committee'],
      ['slot_ms', 'milliseconds of a slot'],
      ['day_seconds', 'seconds of a day'],
      ['ready_rounds', 'rounds a miner counts as ready'],
    ] as const) {
      node.overrides.set('parameters', { ...parameters, [name]: String(Number(parameters[name]) + 1) });
      await reviewTransfer('1');
      expect(await screen.findByText(new RegExp(`^${said}: the node says`))).toBeTruthy();
      expect(signButton().disabled).toBe(true);
      cleanup();
    }
    const chain = { ...parameters.chain, name: 'harmless-testnet' };
    node.overrides.set('parameters', { ...parameters, chain });
    await reviewTransfer('1');
    expect(await screen.findByText(/^the node calls the chain harmless-testnet, its name is /)).toBeTruthy();
    expect(signButton().disabled).toBe(true);
  });

  it('a genesis of another chain, and a chain that this browser does not know, are never signed for', async () => {
    const { answerOf } = await import('../test/fixtures');
    const told = answerOf('genesis', new URLSearchParams()) as { canonical: string };
    node.overrides.set('genesis', { ...told, canonical: `${told.canonical}00` });
    await reviewTransfer('1');
    expect(await screen.findByText(/^hash of the genesis: the node says/)).toBeTruthy();
    expect(signButton().disabled).toBe(true);
    cleanup();
    // Also where it gives no genesis.
    node.overrides.set('genesis', undefined);
    saveChain(nodeUrl(), { chain: 'ab'.repeat(32), since: 0, given: false });
    await reviewTransfer('1');
    expect(
      await screen.findByText(/^this node names the chain .*, this browser knows (ab){32}$/),
    ).toBeTruthy();
    expect(signButton().disabled).toBe(true);
  });

  it('a node can’t make a signature last for years by the height it names', async () => {
    const { status } = await import('../test/fixtures');
    node.overrides.set('status', { ...status, tip: { ...status.tip, height: 9_000_000_000 } });
    await reviewTransfer('1');
    expect(screen.getByText('Expires').nextElementSibling?.textContent).toMatch(/after block 9,000,000,/);
    await waitFor(() => expect(signButton().disabled).toBe(false));
    await userEvent.click(signButton());
    expect(
      await screen.findByText(/at block 9,000,000,000; since its genesis there was time for/),
    ).toBeTruthy();
    expect(node.requests.some((request) => request.includes('POST'))).toBe(false);
  });

  it('a node that gives no genesis is believed only when that is confirmed apart', async () => {
    node.overrides.set('genesis', undefined);
    await reviewTransfer('1');
    expect(await screen.findByText(/^The node gives no genesis:/)).toBeTruthy();
    expect(signButton().disabled).toBe(true);
    await userEvent.click(screen.getByRole('checkbox', { name: 'I know. Go on all the same.' }));
    await waitFor(() => expect(signButton().disabled).toBe(false));
  });

  const reviewVote = async (miner: number) => {
    // Leaving a miner halves.
    const time_gain = miner === account.projected!.miner!.id ? 5 : 2;
    const votes = votesOf(readInteger(account.projected!.locked), time_gain).toString();
    const voted = { ...account.projected!, time_gain, votes, miner: { id: miner, name: `miner${miner}` } };
    node.overrides.set(`accounts/${own}/preview`, {
      ...unchanged,
      after: voted,
      after_best: voted,
      after_worst: voted,
    });
    await renderAt(`/vote?do=vote&miner=${miner}`, store);
    await click('Review');
    await screen.findByText('Before you sign');
  };

  /** The node of these tests proves no position: a yes to that, which is one of its own. */
  const believePosition = async () => {
    const doubt = await screen.findByText(
      /^What you have locked, its time gain and its vote are the node’s word/,
    );
    expect(signButton().disabled).toBe(true);
    await userEvent.click(within(doubt.parentElement!).getByRole('checkbox'));
  };

  it('a position that votes and is not proved is confirmed apart, and not told to be one that can’t be', async () => {
    await reviewVote(1);
    await believePosition();
    await waitFor(() => expect(signButton().disabled).toBe(false));
    expect(screen.queryByText(/Only a position that votes can be proved/)).toBeNull();
    cleanup();
    const idle = { ...account.position!, miner: null };
    node.overrides.set(`accounts/${own}`, { ...account, address: own, position: idle });
    await reviewVote(1);
    expect(await screen.findByText(/Only a position that votes can be proved/)).toBeTruthy();
    expect(screen.queryByText(/^What you have locked/)).toBeNull();
  });

  it('the name of a miner that the chain began with follows from genesis, and another is never voted for', async () => {
    await reviewVote(1);
    await believePosition();
    await waitFor(() => expect(signButton().disabled).toBe(false));
    cleanup();
    // The fixtures' node calls this one by another name than genesis does.
    await reviewVote(3);
    expect(
      await screen.findByText('miner #3: the node calls it rn_node.0o, its name is miner3'),
    ).toBeTruthy();
    expect(signButton().disabled).toBe(true);
  });

  it('a name without a proof is confirmed apart, and one with a false proof is never voted for', async () => {
    await reviewVote(7);
    await believePosition();
    const doubt = await screen.findByText(
      /^That miner #7 is miner7 is the node’s word alone: it gives no proof of it/,
    );
    expect(signButton().disabled).toBe(true);
    await userEvent.click(within(doubt.parentElement!).getByRole('checkbox'));
    await waitFor(() => expect(signButton().disabled).toBe(false));
    cleanup();
    node.overrides.set('proofs/votes/7', { no: 'evidence' });
    await reviewVote(7);
    expect(await screen.findByText(/^tag at byte 0/)).toBeTruthy();
    expect(signButton().disabled).toBe(true);
  });

  it('all that is signed is shown: amount, recipient, memo, sender, number, fee, expiry, chain', async () => {
    await reviewTransfer('1.00000001', 'für <b>dich</b>');
    const shown = document.querySelector('main')!.textContent;
    for (const part of ['1.00000001 ETM', ADDRESS, 'für <b>dich</b>', own, '0.1 ETM', 'etm-test']) {
      expect(shown).toContain(part);
    }
    expect(screen.getByText('Number of the transaction').nextElementSibling?.textContent).toBe('4');
    expect(screen.getByText('Expires').nextElementSibling?.textContent).toMatch(/blocks after/);
    await waitFor(() => expect(signButton().disabled).toBe(false));
  });

  it('what leaves no fee for what is locked is asked about apart', async () => {
    await reviewTransfer('50.02345681');
    const box = await screen.findByRole<HTMLInputElement>('checkbox', {
      name: 'I know. Go on all the same.',
    });
    expect(screen.getByText(/^0 ETM are left: less than one fee of 0.1 ETM/)).toBeTruthy();
    expect(signButton().disabled).toBe(true);
    await userEvent.click(box);
    await waitFor(() => expect(signButton().disabled).toBe(false));
    await userEvent.click(box);
    await waitFor(() => expect(signButton().disabled).toBe(true));
  });

  it('a fee far above the least is asked about apart, and a yes counts for that fee alone', async () => {
    await reviewTransfer('1');
    await waitFor(() => expect(signButton().disabled).toBe(false));
    await userEvent.selectOptions(screen.getByLabelText('Fee of a transaction'), 'own');
    await type('Fee in ETM', '0.2');
    expect(await screen.findByText('The fee of 0.2 ETM is far above the least, 0.1 ETM.')).toBeTruthy();
    await userEvent.click(screen.getByRole('checkbox', { name: 'I know. Go on all the same.' }));
    await waitFor(() => expect(signButton().disabled).toBe(false));
    await type('Fee in ETM', '20');
    expect(await screen.findByText('The fee of 20 ETM is far above the least, 0.1 ETM.')).toBeTruthy();
    expect(signButton().disabled).toBe(true);
    // The node is asked with the fee that is chosen: what it foresees is of that one.
    expect(node.requests.some((request) => request.includes('fee=2000000000'))).toBe(true);
  });

  it('what changes while the password is typed is not signed: another fee, another chain, a lie that is found', async () => {
    const { parameters } = await import('../test/fixtures');
    const later = async (lie: () => void) => {
      store.lock();
      const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
      await reviewTransfer('1', '', queries);
      await waitFor(() => expect(signButton().disabled).toBe(false));
      await userEvent.click(signButton());
      lie();
      await queries.refetchQueries();
      await type('Password', 'correct horse');
      const dialog = within(document.querySelector('dialog')!);
      await userEvent.click(dialog.getByText('Sign and send'));
      expect(await screen.findByText(/has changed while the wallet was being unlocked/)).toBeTruthy();
      expect(node.posted).toEqual([]);
      node.overrides.delete('mempool');
      node.overrides.delete('parameters');
      cleanup();
    };
    const { answerOf } = await import('../test/fixtures');
    const pool = answerOf('mempool', new URLSearchParams()) as object;
    await later(() => node.overrides.set('mempool', { ...pool, min_fee: '300000000000' }));
    const chain = { ...parameters.chain, id: 'ab'.repeat(32) };
    await later(() => node.overrides.set('parameters', { ...parameters, chain }));
    await later(() => node.overrides.set('parameters', { ...parameters, deposit: '1' }));
  });

  it('what was signed here a moment ago is asked about apart, whatever the node made of it', async () => {
    await reviewTransfer('1');
    await waitFor(() => expect(signButton().disabled).toBe(false));
    const error = { code: 'expired', message: 'too late' };
    node.refusals.set('transactions', error);
    await userEvent.click(signButton());
    expect(await screen.findByText(/^The node says that it has expired/)).toBeTruthy();
    const doubt = await screen.findByText(/^The very same was signed here already/);
    expect(signButton().disabled).toBe(true);
    await userEvent.click(within(doubt.parentElement!).getByRole('checkbox'));
    await waitFor(() => expect(signButton().disabled).toBe(false));
    cleanup();
    await reviewTransfer('1.1');
    await waitFor(() => expect(signButton().disabled).toBe(false));
  });

  it('what was begun for one chain is not signed for another', async () => {
    const { parameters, status } = await import('../test/fixtures');
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    await reviewTransfer('1', '', queries);
    await waitFor(() => expect(signButton().disabled).toBe(false));
    const chain = { ...parameters.chain, id: 'ab'.repeat(32) };
    node.overrides.set('parameters', { ...parameters, chain });
    node.overrides.set('status', { ...status, chain });
    node.overrides.set('genesis', undefined);
    await queries.refetchQueries();
    expect(await screen.findByText(/names another chain than the one this was begun for/)).toBeTruthy();
    expect(signButton().disabled).toBe(true);
  });

  it('the same fee by three names is one choice', async () => {
    const offers = async (choices: readonly string[]) => {
      await reviewTransfer('1');
      const select = screen.getByLabelText<HTMLSelectElement>('Fee of a transaction');
      await waitFor(() => expect([...select.options].map(({ value }) => value)).toEqual(choices));
    };
    const { answerOf } = await import('../test/fixtures');
    const pool = answerOf('mempool', new URLSearchParams()) as object;
    await offers(['least', 'own']);
    cleanup();
    const paying = (fee: string) => ({ fee, payload: { kind: 'transfer' } });
    node.overrides.set('mempool', {
      ...pool,
      transactions: [paying('20000000'), paying('20000000')],
    });
    await offers(['least', 'middle', 'own']);
    expect(screen.queryByText(/takes no fee below/)).toBeNull();
    cleanup();
    node.overrides.set('mempool', { ...pool, min_fee: '999000000' });
    await reviewTransfer('1');
    expect(
      await screen.findByText(/takes no fee below 9.99 ETM now.* the chain itself takes 0.1 ETM/),
    ).toBeTruthy();
  });

  it('what the fee makes impossible is said, not left to the chain', async () => {
    await reviewTransfer('50');
    await userEvent.selectOptions(screen.getByLabelText('Fee of a transaction'), 'own');
    await type('Fee in ETM', '0.2');
    expect(await screen.findByText('The balance does not cover the fee.')).toBeTruthy();
    expect(signButton().disabled).toBe(true);
  });

  it('an address that was never used, and transactions that wait, are pointed out', async () => {
    node.overrides.set(`accounts/${ADDRESS}`, { ...account, exists: false });
    const waiting = {
      hash: 'aa',
      nonce: 4,
      fee: '10000000',
      payload: { kind: 'lock', amount: '4000000000' },
    };
    node.overrides.set(`accounts/${own}`, {
      ...account,
      address: own,
      next_nonce: 5,
      pending_transactions: [waiting],
    });
    await reviewTransfer('1');
    expect(await screen.findByText(/This address has never received anything/)).toBeTruthy();
    expect(
      screen.getByText(/1 transaction of this account waits for a block and is counted in/),
    ).toBeTruthy();
    expect(node.requests.some((request) => request.includes('nonce=5'))).toBe(true);
    // Of 50.12345681 ETM what waits locks 40; its fee, this one and 1 ETM go as well.
    expect(screen.getByText('Balance left').nextElementSibling?.textContent).toBe('8.92345681 ETM');
  });

  it('halvings and days that come first are shown, with the best and the worst', async () => {
    const at = (time_gain: number) => ({ ...account.projected!, time_gain });
    node.overrides.set(`accounts/${own}`, {
      ...account,
      address: own,
      projected_best: at(4),
      projected_worst: at(1),
      round_end: { ...account.round_end, halvings_due: 1, halvings_expected: 2, days: 1 },
    });
    // Of the node's answer nothing is taken for that.
    const lie = { ...account.projected!, time_gain: 32 };
    node.overrides.set(`accounts/${own}/preview`, {
      ...unchanged,
      warnings: ['same_miner'],
      after_best: lie,
      after_worst: lie,
    });
    await renderAt('/vote?do=vote&miner=1', store);
    await click('Review');
    expect(
      await screen.findByText(
        'time gain 5 now; then 2 blocks of miner1 that halve it (1 made already), +1 for a new day',
      ),
    ).toBeTruthy();
    expect(
      await screen.findByText(
        'time gain 4 if miner1 adds no more block in this round, 1 if it adds all 2 that are to come',
      ),
    ).toBeTruthy();
  });

  it('the name of a new miner is part of the question, and what its registration says is shown', async () => {
    node.overrides.set(`accounts/${own}`, {
      ...account,
      address: own,
      balance: (FREE + 10n ** 14n).toString(),
    });
    node.overrides.set(`accounts/${own}/preview`, {
      ...unchanged,
      accepted: false,
      refused: { code: 'name_taken', message: 'taken' },
    });
    await renderAt('/vote?do=register', store);
    await type('Name', 'amber');
    await type('Where the node listens', 'node.example.org:4000');
    await type('Contact (public, optional)', 'mail me');
    await userEvent.click(screen.getByLabelText('Keys of the node'));
    await userEvent.paste('ab'.repeat(MINER_KEYS_BYTES));
    await click('Review');
    expect(await screen.findByText(/Another miner has this name\./)).toBeTruthy();
    expect(node.requests.some((request) => request.includes('name=amber'))).toBe(true);
    for (const part of ['amber', 'node.example.org:4000', 'mail me']) {
      expect(screen.getByText(part)).toBeTruthy();
    }
    expect(screen.getByText('Key of the node').nextElementSibling?.textContent).toMatch(/^[0-9a-f]{64}$/);
    expect(screen.getByText('Fingerprint of all keys').nextElementSibling?.textContent).toMatch(
      /^([0-9a-f]{4} ?){4}$/,
    );
    expect(screen.getByText(/A miner needs a node that runs with these keys/)).toBeTruthy();
    expect(screen.getByText(/the deposit of .* ETM, once the miner has resigned/)).toBeTruthy();
    expect(signButton().disabled).toBe(true);
  });

  it('what is signed has the number that is shown, or is not signed', async () => {
    await reviewTransfer('1');
    await waitFor(() => expect(signButton().disabled).toBe(false));
    // Meanwhile another device has used the number.
    node.overrides.set(`accounts/${own}`, { ...account, address: own, next_nonce: 5 });
    await userEvent.click(signButton());
    expect(await screen.findByText(/Nothing was signed: look once more/)).toBeTruthy();
    expect(node.posted).toEqual([]);
    await waitFor(() =>
      expect(screen.getByText('Number of the transaction').nextElementSibling?.textContent).toBe('5'),
    );
    node.overrides.set('transactions', { hash: '', status: 'pending', height: null, outcome: null });
    // The answer of the node was to the number before.
    await waitFor(() => expect(signButton().disabled).toBe(false));
    await userEvent.click(signButton());
    await waitFor(() => expect(node.posted).toHaveLength(1));
    const { transaction } = node.posted[0]!.body as { transaction: string };
    expect(decodeTransaction(fromHex(transaction)).nonce).toBe(5n);
  });

  it('what a node refuses is signed all the same, and its hash and its end are told', async () => {
    node.refusals.set('transactions', { code: 'insufficient_balance', message: 'too little' });
    await reviewTransfer('1');
    await waitFor(() => expect(signButton().disabled).toBe(false));
    await userEvent.click(signButton());
    await waitFor(() => expect(node.posted).toHaveLength(1));
    const { transaction } = node.posted[0]!.body as { transaction: string };
    const hash = transactionHash(fromHex(transaction));
    expect(await screen.findByText(new RegExp(`transaction ${hash} is signed`))).toBeTruthy();
  });

  it('an update that changes nothing costs no fee', async () => {
    const { answerOf } = await import('../test/fixtures');
    const detail = answerOf('miners/3', new URLSearchParams()) as { dial_address: string };
    node.overrides.set(`accounts/${own}`, { ...account, address: own, miner: { id: 3, name: 'x' } });
    await renderAt('/vote?do=update', store);
    await waitFor(() =>
      expect(screen.getByLabelText<HTMLInputElement>('Where the node listens').value).toBe(
        detail.dial_address,
      ),
    );
    await click('Review');
    expect(
      await screen.findByText('The miner is registered like this already: nothing would change.'),
    ).toBeTruthy();
    expect(screen.queryByText('Before you sign')).toBeNull();
  });

  it('an update that keeps where the node listens asks about that apart', async () => {
    const { answerOf } = await import('../test/fixtures');
    const { dial_address: dial } = answerOf('miners/3', new URLSearchParams()) as { dial_address: string };
    node.overrides.set(`accounts/${own}`, { ...account, address: own, miner: { id: 3, name: 'x' } });
    node.overrides.set(`accounts/${own}/preview`, unchanged);
    await renderAt('/vote?do=update', store);
    const listens = await screen.findByLabelText<HTMLInputElement>('Where the node listens');
    await waitFor(() => expect(listens.value).toBe(dial));
    await userEvent.type(screen.getByLabelText('Contact (public, optional)'), 'x');
    await click('Review');
    const doubt = await screen.findByText(
      `That ${dial} is where the miner’s node listens is the word alone of the node this page asks, and is signed anew.`,
    );
    expect(signButton().disabled).toBe(true);
    await userEvent.click(within(doubt.parentElement!).getByRole('checkbox'));
    await waitFor(() => expect(signButton().disabled).toBe(false));
  });
});
