/** What is signed reaches the chain: by a file between the page and the command line, and past a node that lost it. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { Devnet } from './devnet';
import { fact, goTo, PASSWORD, sign, watch } from './page';

const WORDS = `${'abandon '.repeat(23)}art`;
const BOB = 'A6PQXuCueQTB1iEnit5HWZA58j4rjES5nQ';

const devnet = new Devnet();
const folder = mkdtempSync(join(tmpdir(), 'etm-signing-'));
const file = (name: string) => join(folder, name);
let page: Page;
let address = '';
let wrong: string[] = [];

/** The command line, with a folder of keys and a configuration of its own. */
function etm(...words: readonly string[]): string {
  const own = ['--keys', file('keys'), '--config', file('config.toml'), '--node', devnet.node];
  const { status, stdout, stderr } = spawnSync(resolve(process.env['ETM_BIN'] ?? 'etm'), [...words, ...own], {
    encoding: 'utf8',
  });
  expect(status, `etm ${words.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}

const balanceOf = async (of: string) =>
  BigInt((await devnet.get<{ balance: string }>(`accounts/${of}`)).balance);

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  await devnet.start();
  const context = await browser.newContext({ acceptDownloads: true });
  page = await context.newPage();
  wrong = watch(page, devnet.url);

  writeFileSync(file('config.toml'), '');
  writeFileSync(file('words'), WORDS);
  writeFileSync(file('passphrase'), PASSWORD);
  etm(
    'keys',
    'import',
    'cold',
    '--yes',
    '--secret-file',
    file('words'),
    '--passphrase-file',
    file('passphrase'),
  );

  await goTo(page, devnet.url, '/wallet');
  await page.getByRole('tab', { name: 'Import a phrase' }).click();
  await page.getByLabel('24 words').fill(WORDS);
  await page.getByLabel('Label').fill('Cold');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Cold: Saved.')).toBeVisible();
  address = (await page.locator('.timeline .hash').last().textContent()) ?? '';
  // The same words are the same account on both sides.
  expect(etm('keys', 'show', 'cold')).toContain(address);
  await goTo(page, devnet.url, '/position');
  await page.getByRole('button', { name: 'Get devnet tokens' }).click();
  await expect(fact(page, 'Spendable')).not.toHaveText('0 ETM');
});

test.afterAll(async () => {
  await page.context().close();
  await devnet.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.afterEach(() => {
  expect(wrong).toEqual([]);
});

/** Fills in a transfer to Bob and asks for its review. */
async function reviewTransfer(amount: string): Promise<void> {
  await goTo(page, devnet.url, '/position');
  await goTo(page, devnet.url, '/vote?do=transfer');
  await page.getByLabel('Recipient address').fill(BOB);
  await page.getByLabel('Amount in ETM').fill(amount);
  await page.getByRole('button', { name: 'Review' }).click();
  await expect(page.getByRole('button', { name: 'Sign and send' })).toBeEnabled();
}

test('a file saved here is signed by the command line, and sent from here', async () => {
  const before = await balanceOf(BOB);
  await reviewTransfer('1.25');
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save to sign elsewhere' }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toMatch(/^etm-[0-9]+-unsigned\.json$/);
  await saved.saveAs(file('from-page.json'));
  const told = etm('tx', 'decode', file('from-page.json'));
  expect(told).toContain(BOB);
  expect(told).toContain('1.25');
  etm(
    ...['tx', 'sign', file('from-page.json'), '--out', file('signed.json'), '--yes'],
    ...['--passphrase-file', file('passphrase')],
  );
  await goTo(page, devnet.url, '/offline');
  await page.getByLabel('Choose a transaction file').setInputFiles(file('signed.json'));
  await expect(page.getByText('signed', { exact: true })).toBeVisible();
  await expect(page.locator('main').getByText('1.25 ETM')).toBeVisible();
  await page.getByRole('button', { name: 'Send it' }).click();
  await expect(page.locator('main .notice.good', { hasText: 'Sent' })).toBeVisible();
  await devnet.until('the transfer', async () => (await balanceOf(BOB)) - before === 125_000_000n);
});

test('a file of the command line is signed here, and sent by it', async () => {
  const before = await balanceOf(BOB);
  etm('send', BOB, '2.5', '--unsigned', '--out', file('from-cli.json'), '--yes');
  await goTo(page, devnet.url, '/wallet');
  await page.getByRole('button', { name: 'Lock now' }).click();
  await goTo(page, devnet.url, '/offline');
  await page.getByLabel('Choose a transaction file').setInputFiles(file('from-cli.json'));
  await expect(page.getByText('yet to be signed')).toBeVisible();
  await expect(page.locator('main').getByText(BOB)).toBeVisible();
  await page.getByRole('button', { name: 'Sign and save' }).click();
  const password = page.getByRole('dialog').getByLabel('Password', { exact: true });
  await password.fill(PASSWORD);
  const saving = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign and save' }).click();
  await (await saving).saveAs(file('signed-here.json'));
  const { signed, hash } = JSON.parse(readFileSync(file('signed-here.json'), 'utf8')) as {
    signed: boolean;
    hash: string;
  };
  expect(signed).toBe(true);
  expect(etm('tx', 'broadcast', file('signed-here.json'), '--wait')).toContain(hash);
  expect((await balanceOf(BOB)) - before).toBe(250_000_000n);
});

test('a transaction that a killed node lost is sent again, and the page says so', async () => {
  // A block may be faster than the signal: then nothing was lost, and another one is sent.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await reviewTransfer(`0.${attempt + 1}`);
    let hash = '';
    await page.route('**/api/v1/transactions', async (route) => {
      const answer = await route.fetch();
      hash = ((await answer.json()) as { hash: string }).hash;
      // The node has said that it has it. It dies, and its disk with what waited.
      await devnet.loseTransactions();
      await route.fulfill({ response: answer });
    });
    await sign(page);
    await page.unroute('**/api/v1/transactions');
    await expect(page.getByText(/The node does not answer\. Trying again/)).toBeVisible();
    await expect(page.locator('main ol.steps li.doing')).toContainText('Waiting for a block');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);

    let posted = 0;
    const count = (request: { method: () => string }) => {
      if (request.method() === 'POST') posted += 1;
    };
    page.on('request', count);
    await devnet.startNode();
    await expect(page.locator('main ol.steps li.ok')).toHaveCount(4);
    page.off('request', count);
    if (posted === 0) continue;
    await expect(
      page.getByText(/^The node did not know it any more, so it was sent again.* can’t count twice\.$/),
    ).toBeVisible();
    await expect(page.getByText(/The node does not answer/)).toHaveCount(0);
    expect(await devnet.get<{ status: string }>(`transactions/${hash}`)).toMatchObject({
      status: 'finalized',
    });
    return;
  }
  throw new Error('no node was killed before the block of its transaction');
});
