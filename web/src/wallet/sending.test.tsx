import { screen, waitFor } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '../lib/bytes';
import { decodeTransaction, encodeTransaction, type UnsignedTransaction } from '../lib/codec/transaction';
import type { Payload } from '../lib/codec/transaction';
import { feeChoices } from '../lib/fees';
import { inEtm, refusalText } from '../lib/refusal';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { account, ADDRESS, parameters, status } from '../test/fixtures';
import { renderAt, startNode, type TestNode } from '../test/render';
import { vectors } from '../test/vectors';
import { backupText, readBackup } from './backup';
import { forgetAddress, keepAddress, readBook } from './book';
import { Outbox, replacementFee, type Sent } from './outbox';
import { WalletStore } from './store';
import { readTxFile, signedText, unsignedText } from './tx-file';

const PHRASE = `${'abandon '.repeat(23)}art`;
const PASSWORD = 'correct horse';
let node: TestNode;

beforeEach(() => {
  localStorage.clear();
  node = startNode();
});

async function signer() {
  const store = new WalletStore();
  await store.addPhrase('Mine', PHRASE, PASSWORD);
  const entry = store.snapshot().active!;
  if (entry.kind === 'watch') throw new Error('it can sign');
  node.overrides.set(`accounts/${entry.address}`, { ...account, address: entry.address });
  return { store, entry };
}

const unsigned = (sender: string, fee = 10_000_000n): UnsignedTransaction => ({
  chain: parameters.chain.id,
  sender,
  nonce: 4n,
  fee,
  expiresAt: 700n,
  payload: { kind: 'vote', miner: 2 },
});

/** A transaction that was sent on an earlier visit. */
async function sentBefore(store: WalletStore, address: string, publicKey: string): Promise<Sent> {
  const { seal } = await import('./send');
  const transaction = unsigned(publicKey);
  const sent = seal(transaction, await store.sign(address, transaction), address);
  new Outbox().add(sent);
  return sent;
}

describe('a transaction that is under way', () => {
  it('is sent again when the node lost it, after a reload too, and says so', async () => {
    const { store, entry } = await signer();
    const sent = await sentBefore(store, entry.address, entry.publicKey);
    node.overrides.set('transactions', { hash: sent.hash, status: 'pending', height: null, outcome: null });
    await renderAt('/position', store);
    await waitFor(() =>
      expect(node.posted).toContainEqual({
        path: 'transactions',
        body: { transaction: sent.encoding },
      }),
    );
    expect(await screen.findByText(/did not know it any more, so it was sent again/)).toBeTruthy();
  });

  it('is not given up before it can have expired, whatever height a node names', async () => {
    const { store, entry } = await signer();
    const { seal } = await import('./send');
    const early = { ...unsigned(entry.publicKey), expiresAt: BigInt(status.tip.height - 1) };
    const signed = await store.sign(entry.address, early);
    new Outbox().add(seal(early, signed, entry.address, Date.now() + 60_000));
    node.overrides.set('transactions', { hash: '', status: 'pending', height: null, outcome: null });
    await renderAt('/position', store);
    await waitFor(() => expect(node.posted.length).toBeGreaterThan(0));
    expect(screen.queryByText(/has expired/)).toBeNull();
  });

  it('is given up when it has expired, and says whose word that is', async () => {
    const { store, entry } = await signer();
    const { seal } = await import('./send');
    const late = { ...unsigned(entry.publicKey), expiresAt: BigInt(status.tip.height - 1) };
    new Outbox().add(seal(late, await store.sign(entry.address, late), entry.address));
    await renderAt('/position', store);
    expect(
      await screen.findByText(/^The node says that it was not included in time and has expired/),
    ).toBeTruthy();
    expect(node.posted).toEqual([]);
  });

  it.each([
    ['Speed up', 'vote'],
    ['Cancel', 'transfer'],
  ] as const)('%s: another one with the same number and a higher fee', async (button, kind) => {
    const { store, entry } = await signer();
    const sent = await sentBefore(store, entry.address, entry.publicKey);
    node.overrides.set(`transactions/${sent.hash}`, {
      hash: sent.hash,
      status: 'pending',
      height: null,
      outcome: null,
      payload: { kind: 'vote', miner: { id: 2, name: 'miner2' } },
    });
    node.overrides.set('transactions', { hash: '', status: 'pending', height: null, outcome: null });
    await renderAt('/position', store);
    await userEvent.click(await screen.findByRole('button', { name: button }));
    const sign = await screen.findByRole<HTMLButtonElement>('button', { name: 'Sign and send' });
    await waitFor(() => expect(sign.disabled).toBe(false));
    await userEvent.click(sign);
    await waitFor(() => expect(node.posted.length).toBeGreaterThan(0));
    const body = node.posted[0]!.body as { transaction: string };
    const replacement = decodeTransaction(fromHex(body.transaction));
    expect(replacement.nonce).toBe(4n);
    expect(replacement.fee).toBe(replacementFee(sent.fee));
    expect(replacement.payload.kind).toBe(kind);
  });
});

describe('fees', () => {
  const transfer: Payload = { kind: 'transfer', recipient: new Uint8Array(20), amount: 1n, memo: '' };
  const waiting = (fee: string) => ({ fee, payload: { kind: 'vote' } });
  const pool = {
    count: 3,
    held: 0,
    bytes: 1,
    max_count: 10,
    max_bytes: 10,
    min_fee: '0',
    min_fee_request: '20000001',
    min_fee_registration: '40000000',
    min_fee_resignation: '50000000',
    transactions: ['10000000', '30000000', '20000000'].map(waiting),
  } as never;

  it('are offered from what waits, the highest first', () => {
    expect(feeChoices(parameters, pool, [transfer])).toEqual({
      least: 10_000_000n,
      middle: 20_000_001n,
      first: 30_000_001n,
      waiting: 3,
    });
    expect(feeChoices(parameters, undefined, [transfer]).first).toBe(10_000_000n);
  });

  it('are at least those of the part of the pool that is full', () => {
    const least = (...payloads: Payload[]) => feeChoices(parameters, pool, payloads).least;
    expect(least(transfer)).toBe(10_000_000n);
    expect(least({ kind: 'lock', amount: 1n }, { kind: 'vote', miner: 1 })).toBe(20_000_001n);
    expect(feeChoices(parameters, pool, [{ kind: 'resign' }]).first).toBe(50_000_000n);
  });

  it('are of the part that each kind of transaction takes its room from', () => {
    const { cases } = vectors('wire/facts.json') as {
      cases: { transaction: string; kind: string; waits_for_round_end: boolean; has_proofs: boolean }[];
    };
    const parts = { ...(pool as object), min_fee_registration: '70000000' } as never;
    for (const { transaction, kind, waits_for_round_end, has_proofs } of cases) {
      const { payload } = decodeTransaction(fromHex(transaction));
      const waits = waits_for_round_end ? 20_000_001n : 10_000_000n;
      const expected = kind === 'resign' ? 50_000_000n : has_proofs ? 70_000_000n : waits;
      expect(feeChoices(parameters, parts, [payload]).least, kind).toBe(expected);
    }
  });

  it('of a replacement are at least a tenth higher, whatever the figure', () => {
    for (const fee of ['1', '9', '10', '10000000', '10000001', '18446744073709551615']) {
      expect(replacementFee(fee) * 10n).toBeGreaterThanOrEqual(BigInt(fee) * 11n);
    }
  });
});

describe('files', () => {
  it('of transactions are those of the command line, and nothing else is taken for one', async () => {
    const { store, entry } = await signer();
    const transaction = unsigned(entry.publicKey);
    const text = unsignedText(transaction);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['format', 'signed', 'hash', 'transaction']);
    expect(readTxFile(text)).toEqual({ signed: false, transaction });
    const signed = await store.sign(entry.address, transaction);
    const read = readTxFile(signedText(signed))!;
    expect(read.signed && encodeTransaction(read.transaction)).toEqual(encodeTransaction(signed));
    for (const bad of [
      '',
      '{}',
      'null',
      text.replace('etm-tx/1', 'etm-tx/2'),
      text.replace('false', 'true'),
    ]) {
      expect(readTxFile(bad), bad).toBeNull();
    }
  });

  it('of wallets hold no open secret and bring the wallets back', async () => {
    const { store, entry } = await signer();
    const text = backupText(store.snapshot().entries);
    expect(text).not.toContain('abandon');
    localStorage.clear();
    const other = new WalletStore();
    expect(other.restore(readBackup(text)!)).toBe(1);
    await other.unlock(entry, PASSWORD);
    expect(other.snapshot().unlocked).toBe(entry.address);
    expect(other.restore(readBackup(text)!)).toBe(0);
    expect(readBackup(text.replace('etm-wallets/1', 'x'))).toBeNull();
    expect(readBackup(JSON.stringify({ format: 'etm-wallets/1', wallets: [{ kind: 'phrase' }] }))).toBeNull();
  });
});

describe('the address book', () => {
  it('keeps one name an address, and throws away what is none', () => {
    keepAddress({ name: 'Bob', address: ADDRESS });
    keepAddress({ name: 'Robert', address: ADDRESS });
    expect(readBook()).toEqual([{ name: 'Robert', address: ADDRESS }]);
    localStorage.setItem('etm.addresses', JSON.stringify([{ name: 'x', address: 'Axx' }, 7]));
    expect(readBook()).toEqual([]);
    expect(forgetAddress(ADDRESS)).toBe(true);
  });
});

describe('locking', () => {
  it('locks every tab, and being active in one keeps the others open', async () => {
    const { store, entry } = await signer();
    const other = new WalletStore();
    await other.unlock(entry, PASSWORD);
    const { locks } = other.snapshot();
    store.lockEverywhere();
    expect(localStorage.getItem('etm.wallet-locked')).not.toBeNull();
    other.heard({ key: 'etm.wallet-locked' });
    expect(other.snapshot().unlocked).toBeNull();
    expect(other.snapshot().locks).toBeGreaterThan(locks);
  });

  it('hides a revealed secret', async () => {
    const { store } = await signer();
    await renderAt('/wallet', store);
    await userEvent.click(await screen.findByRole('button', { name: 'Show the secret' }));
    await userEvent.type(await screen.findByLabelText('Password', { selector: 'dialog input' }), PASSWORD);
    await userEvent.keyboard('{Enter}');
    expect(await screen.findByText(PHRASE, {}, { timeout: 15_000 })).toBeTruthy();
    store.lock();
    await waitFor(() => expect(screen.queryByText(PHRASE)).toBeNull());
  });
});

describe('what a node refuses', () => {
  it('is said in the reader’s language, amounts in ETM', () => {
    const refusal = { code: 'insufficient_balance', message: '5002345681 units are needed' };
    expect(refusalText(refusal, zh)).toBe('余额不够支付金额和手续费。');
    expect(refusalText(refusal, en)).not.toContain('units');
    expect(refusalText({ code: 'new_code', message: refusal.message }, en)).toContain('50.02345681 ETM');
    expect(refusalText({ code: 'toString', message: 'x' }, en)).toContain('x');
    expect(inEtm('99999999999999999999 units')).toBe('99999999999999999999 units');
  });
});
