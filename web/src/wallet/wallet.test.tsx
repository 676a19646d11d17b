import { ed25519 } from '@noble/curves/ed25519.js';
import { screen, waitFor } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Account } from '../api/types';
import { fromHex, fromHexOf } from '../lib/bytes';
import { decodeTransaction, signingBytes, transactionHash } from '../lib/codec/transaction';
import { gainWeight, baseWeight } from '../lib/mechanism/votes';
import { account, ADDRESS, MINERS } from '../test/fixtures';
import { renderAt, startNode, type TestNode } from '../test/render';
import { WalletStore } from './store';

const PHRASE = `${'abandon '.repeat(23)}art`;
const PASSWORD = 'correct horse';
let node: TestNode;

beforeEach(() => {
  localStorage.clear();
  node = startNode();
});

/** A wallet that can sign, on the account of the fixtures. */
async function signer(): Promise<WalletStore> {
  const store = new WalletStore();
  await store.addPhrase('Mine', PHRASE, PASSWORD);
  const address = store.snapshot().active!.address;
  node.overrides.set(`accounts/${address}`, { ...account, address } satisfies Account);
  return store;
}

const type = async (label: string, text: string) => {
  const field = await screen.findByLabelText(label);
  await userEvent.clear(field);
  await userEvent.type(field, text);
};
const click = async (name: string) => userEvent.click(await screen.findByRole('button', { name }));

describe('the store', () => {
  it('knows the accounts the command line makes of the same words and secrets', async () => {
    const store = new WalletStore();
    await store.addPhrase('words', PHRASE, PASSWORD);
    expect(store.snapshot().active?.address).toBe('AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c');
    const secret = 'real rally sketch sorry place parrot typical cart stone mystery age nominee';
    await store.addV1Secret('old', secret, PASSWORD);
    expect(store.snapshot().active?.address).toBe('A4rNr2VzCq2jnmhzxkvjY9PsPmhcmSEfiw');
    expect(localStorage.getItem('etm.wallets')).not.toContain('abandon');
    expect(localStorage.getItem('etm.wallets')).not.toContain('nominee');
  });

  it('locks when switched, locked or idle, and opens with the password only', async () => {
    const store = new WalletStore();
    await store.addPhrase('words', PHRASE, PASSWORD);
    const entry = store.snapshot().active!;
    expect(store.snapshot().unlocked).toBe(entry.address);
    store.watch('other', ADDRESS);
    expect(store.snapshot().unlocked).toBeNull();
    if (entry.kind === 'watch') throw new Error('it can sign');
    await expect(store.unlock(entry, 'wrong horse')).rejects.toThrow(/wrong password/);
    await store.unlock(entry, PASSWORD);
    expect(store.snapshot().unlocked).toBe(entry.address);
    vi.useFakeTimers();
    store.touch();
    vi.advanceTimersByTime(store.snapshot().idleMinutes * 60_000 + 1);
    vi.useRealTimers();
    expect(store.snapshot().unlocked).toBeNull();
  });

  it('throws away what is no wallet', () => {
    const good = { kind: 'watch', label: 'x', address: ADDRESS };
    localStorage.setItem('etm.wallets', JSON.stringify([good, { kind: 'watch', address: 'Axx' }, null, 5]));
    expect(new WalletStore().snapshot().entries).toEqual([good]);
    localStorage.setItem('etm.wallets', '{{');
    expect(new WalletStore().snapshot().entries).toEqual([]);
  });
});

describe('the wallet page', () => {
  it('refuses a malformed phrase, a short password and a mistyped repetition at the field', async () => {
    await renderAt('/wallet');
    await userEvent.click(await screen.findByRole('tab', { name: 'Import a phrase' }));
    await type('24 words', 'abandon abandon zebrax');
    await type('Password', 'short');
    await type('Password again', 'shirt');
    await click('Save');
    expect(await screen.findByText('Word 3 (“zebrax”) is not in the list of words.')).toBeTruthy();
    expect(screen.getAllByText('At least 8 characters.').length).toBe(1);
    expect(screen.getByText('The two passwords differ.')).toBeTruthy();
    expect(localStorage.getItem('etm.wallets')).toBeNull();
    expect(node.posted).toEqual([]);
  });

  it('makes a phrase, asks some of it back, and keeps it sealed', async () => {
    await renderAt('/wallet');
    // Nothing random stands there unasked: whoever has a wallet must not take it for his own words.
    await screen.findByRole('button', { name: 'Create' });
    expect(screen.queryByRole('list', { name: '24 words' })).toBeNull();
    await click('Create');
    const list = await screen.findByRole('list', { name: '24 words' });
    const words = [...list.querySelectorAll('li')].map((item) => item.textContent);
    expect(words).toHaveLength(24);
    await click('I have written them down');
    for (const field of screen.getAllByLabelText(/^Word [0-9]+$/)) {
      const label = document.querySelector(`label[for="${field.id}"]`)!.textContent;
      await userEvent.type(field, words[Number(label.slice(5)) - 1]!);
    }
    await type('Password', PASSWORD);
    await type('Password again', PASSWORD);
    await click('Save');
    await waitFor(() => expect(localStorage.getItem('etm.wallets')).not.toBeNull(), { timeout: 15_000 });
    expect(localStorage.getItem('etm.wallets')).not.toContain(`${words[0]!} ${words[1]!}`);
  });
});

describe('acting', () => {
  it('says what is wrong with amounts and addresses at the field, and sends nothing', async () => {
    await renderAt('/vote?do=transfer', await signer());
    await type('Amount in ETM', '1.123456789');
    await type('Recipient address', 'A0OIl');
    await click('Review');
    expect(await screen.findByText(/At most 8 decimals/)).toBeTruthy();
    expect(screen.getByText(/“0” is not used in addresses/)).toBeTruthy();
    await type('Amount in ETM', '50.1');
    await type('Recipient address', ADDRESS);
    await click('Review');
    expect(await screen.findByText(/More than you can spend: 50.02345681 ETM/)).toBeTruthy();
    expect(node.posted).toEqual([]);
  });

  const halvedTo = 2;
  const preview = (timeGain: number) => ({
    height: account.height,
    accepted: true,
    refused: null,
    before: account.projected,
    after: {
      locked: account.locked,
      time_gain: timeGain,
      miner: { id: 2, name: 'miner2' },
      votes: (baseWeight(10_000_000_000n) * gainWeight(timeGain)).toString(),
    },
    time_gain_change: 'halved',
    fee: '10000000',
    balance_before: account.balance,
    balance_after: '5002345681',
    effective_round: 3,
    effective_height: 15,
    miners: [],
    warnings: ['switch_halves'],
  });

  it('signs a vote in the page: what is posted is a signed transaction and no secret', async () => {
    const store = await signer();
    const { address } = store.snapshot().active!;
    node.overrides.set(`accounts/${address}/preview`, preview(halvedTo));
    node.overrides.set('transactions', { hash: '', status: 'pending', height: null, outcome: null });
    await renderAt('/vote?do=vote&miner=2', store);
    expect(await screen.findByText('miner2')).toBeTruthy();
    await click('Review');
    expect(await screen.findByText('Switching to another miner halves your time gain.')).toBeTruthy();
    const sign = screen.getByRole<HTMLButtonElement>('button', { name: 'Sign and send' });
    // The node of these tests proves no position.
    await userEvent.click(await screen.findByRole('checkbox', { name: 'I know. Go on all the same.' }));
    await waitFor(() => expect(sign.disabled).toBe(false));
    await userEvent.click(sign);
    await waitFor(() => expect(node.posted.length).toBeGreaterThan(0));
    const body = node.posted[0]!.body as { transaction: string };
    expect(Object.keys(body)).toEqual(['transaction']);
    const encoded = fromHex(body.transaction);
    const sent = decodeTransaction(encoded);
    expect(sent.payload).toEqual({ kind: 'vote', miner: 2 });
    expect([sent.nonce, sent.fee]).toEqual([4n, 10_000_000n]);
    expect(ed25519.verify(sent.signature, signingBytes(sent), fromHexOf(sent.sender, 32))).toBe(true);
    expect(node.requests.join('\n')).not.toContain('abandon');
    expect(transactionHash(encoded)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses to sign when the node’s preview breaks the rules', async () => {
    const store = await signer();
    const { address } = store.snapshot().active!;
    node.overrides.set(`accounts/${address}/preview`, preview(5));
    await renderAt('/vote?do=vote&miner=2', store);
    await screen.findByText('miner2');
    await click('Review');
    expect(await screen.findByText(/preview differs from what this page computes/)).toBeTruthy();
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Sign and send' });
    expect(button.disabled).toBe(true);
    expect(node.posted).toEqual([]);
  });

  it('takes a click on Review while the miner is still looked up', async () => {
    const store = await signer();
    const { address } = store.snapshot().active!;
    node.overrides.set(`accounts/${address}/preview`, preview(halvedTo));
    await renderAt('/vote?do=vote', store);
    await screen.findByLabelText('Miner');
    let answer: () => void = () => undefined;
    node.held = new Promise((done) => (answer = done));
    await type('Miner', '#2');
    await click('Review');
    expect(screen.queryByText('Before you sign')).toBeNull();
    answer();
    expect(await screen.findByText('Switching to another miner halves your time gain.')).toBeTruthy();
  });

  it('takes a number for a name, so that nobody collects the votes meant for an id', async () => {
    const store = await signer();
    node.overrides.set('miners', {
      round: 3,
      total: 1,
      miners: [{ ...MINERS[5]!, name: '2' }],
      next: null,
    });
    await renderAt('/vote?do=vote', store);
    await type('Miner', '2');
    expect(await screen.findByText('#5')).toBeTruthy();
    await type('Miner', '#2');
    await waitFor(() => expect(screen.queryByText('#5')).toBeNull());
  });

  it('asks for the password when locked, and says when it is wrong', async () => {
    const store = await signer();
    const { address } = store.snapshot().active!;
    node.overrides.set(`accounts/${address}/preview`, preview(halvedTo));
    store.lock();
    await renderAt('/vote?do=vote&miner=2', store);
    await screen.findByText('miner2');
    await click('Review');
    await screen.findByText('Switching to another miner halves your time gain.');
    await userEvent.click(await screen.findByRole('checkbox', { name: 'I know. Go on all the same.' }));
    await click('Sign and send');
    const field = await screen.findByLabelText('Password');
    await userEvent.type(field, 'wrong horse{Enter}');
    await waitFor(
      () => expect(screen.getByText('Wrong password, or the stored wallet is damaged.')).toBeTruthy(),
      { timeout: 15_000 },
    );
    expect(node.posted).toEqual([]);
  });
});
