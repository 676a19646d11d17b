/** The whole way of a holder, a miner and a sceptic through the page, on a network that really runs. */

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { Devnet, hostElsewhere } from './devnet';
import { layoutFaults } from './layout';
import { expectAccessible, fact, goTo, makeWallet, PASSWORD, signAndFollow, watch } from './page';
import { requestTests } from './requests';
import { heightOf, type Running, WIDTHS } from './running';
import { shiftTests } from './shifts';
import { tableTests } from './table';

const devnet = new Devnet();
let page: Page;
let wrong: string[] = [];
let address = '';
const running: Running = { devnet, page: () => page, address: () => address };
const SHOTS = process.env['ETM_SCREENSHOTS'];

interface MinerRow {
  id: number;
  name: string;
  rank: number;
}
interface AccountAnswer {
  balance: string;
  locked: string;
  position: { time_gain: number; miner: MinerRow | null } | null;
}

const account = () => devnet.get<AccountAnswer>(`accounts/${address}`);
const miners = async () => (await devnet.get<{ miners: MinerRow[] }>('miners?sort=rank')).miners;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  await devnet.start();
  const context = await browser.newContext({ acceptDownloads: true });
  page = await context.newPage();
  wrong = watch(page, devnet.url);
});

test.afterAll(async () => {
  // First: where nothing could be opened, the devnet still has to end.
  await devnet.stop();
  await page.context().close();
});

test.afterEach(() => {
  expect(wrong).toEqual([]);
});

test('make a wallet and get devnet tokens', async () => {
  address = await makeWallet(page, devnet.url, 'Savings');
  expect(address).toMatch(/^A[1-9A-HJ-NP-Za-km-z]{25,33}$/);
  await goTo(page, devnet.url, '/position');
  await page.getByRole('button', { name: 'Get devnet tokens' }).click();
  await expect(page.getByText(/ETM are on their way/)).toBeVisible();
  await expect(fact(page, 'Spendable')).not.toHaveText('0 ETM');
});

test('lock and vote in one go, from preview to final', async () => {
  const [first] = await miners();
  await goTo(page, devnet.url, '/vote?do=lock');
  await page.getByLabel('Amount in ETM').fill('250.5');
  await page.getByLabel('Miner', { exact: true }).fill(first!.name);
  await expect(page.locator('.notice').getByText(`#${first!.id}`)).toBeVisible();
  await page.getByRole('button', { name: 'Review' }).click();
  await expect(page.getByText('Before you sign')).toBeVisible();
  await expect(page.getByText('a new position starts at 1')).toBeVisible();
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/vote.png`, fullPage: true });
  await signAndFollow(page);
  await devnet.until('the vote in effect', async () => (await account()).position?.miner?.id === first!.id);
});

test('watch time gain and bonus change over the rounds', async () => {
  await goTo(page, devnet.url, '/position');
  await expect(fact(page, 'Locked')).toHaveText('250.5 ETM');
  const paid = page.getByText(/(sat in the committee|was the lucky member): .* of its pool/).first();
  await expect(paid).toBeVisible();
  await expect(
    page.getByText(/^Halved (once|[0-9]+ times|to 1, the lowest):|the time gain stays at 1/).first(),
  ).toBeVisible();
  await expect(page.getByText(/for [0-9]+ days? that passed$/).first()).toBeVisible();
  await expect(fact(page, 'Bonus earned by this position')).not.toHaveText('0 ETM');
  // The state that the committee signed says the same of this position.
  await page.getByRole('button', { name: 'Prove it in my browser' }).click();
  const proved = page.locator('main [data-proved]');
  await expect(proved).toBeVisible();
  await expect(proved.locator('dd').first()).toHaveText('250.5 ETM');
  // Nobody has confirmed the chain id yet: never a plain "ok".
  await expect(page.getByText(/All steps agree with the genesis that this node names/)).toBeVisible();
  await expect(page.locator('main .notice.bad')).toHaveCount(0);
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  const csv = readFileSync(await (await saving).path(), 'utf8');
  expect(csv.split('\r\n')[0]).toContain('earned (ETM)');
  expect(csv).toContain('committee');
});

test('unlock a part', async () => {
  await goTo(page, devnet.url, '/vote?do=unlock');
  await page.getByLabel('Amount in ETM').fill('250');
  await page.getByRole('button', { name: 'Review' }).click();
  await expect(page.getByText(/A position holds at least 1\sETM/)).toBeVisible();
  await page.getByLabel('Amount in ETM').fill('50.5');
  await page.getByRole('button', { name: 'Review' }).click();
  await expect(
    page.getByText(/what you have locked, its time gain and its vote, by the state after/),
  ).toBeVisible();
  await signAndFollow(page);
  await devnet.until('the unlock in effect', async () => (await account()).locked === '20000000000');
});

test('send tokens, and be told of a mistyped address', async () => {
  await goTo(page, devnet.url, '/vote?do=transfer');
  await page
    .getByLabel('Recipient address')
    .fill(`${address.slice(0, -1)}${address.endsWith('2') ? '3' : '2'}`);
  await page.getByLabel('Amount in ETM').fill('1.00000001');
  await page.getByLabel('Memo (public, optional)').fill('<b>für dich</b> \u202e谢谢');
  await page.getByRole('button', { name: 'Review' }).click();
  await expect(page.getByText(/The checksum is wrong/)).toBeVisible();
  await page.getByLabel('Recipient address').fill('A6PQXuCueQTB1iEnit5HWZA58j4rjES5nQ');
  await page.getByRole('button', { name: 'Review' }).click();
  // The memo is signed, so it is shown; a fee above 1 % is asked about apart.
  await expect(page.locator('main .signed bdi', { hasText: '<b>für dich</b>' })).toBeVisible();
  const sign = page.getByRole('button', { name: 'Sign and send' });
  await expect(sign).toBeEnabled();
  await page.getByLabel('Fee of a transaction').selectOption('own');
  await page.getByLabel('Fee in ETM').fill('0.11');
  await expect(page.getByText('The fee of 0.11 ETM is far above the least, 0.1 ETM.')).toBeVisible();
  await expect(sign).toBeDisabled();
  await page.getByLabel('Fee of a transaction').selectOption('least');
  await expect(sign).toBeEnabled();
  await signAndFollow(page);
  await page.locator('main .stack a.hash').first().click();
  await expect(page.getByText('Hash and signature checked in this browser.', { exact: false })).toBeVisible();
  await expect(page.locator('main b')).toHaveCount(0);
});

test('verify a round, and see red when one byte of the evidence is changed', async () => {
  const { running } = await devnet.get<{ running: number }>('rounds');
  const round = running - 1;
  await goTo(page, devnet.url, `/rounds/${round}`);
  // What the node tells on its own account bears its name, until it was checked.
  await expect(page.locator('main [data-draw="told"]')).toHaveText('the node’s own word');
  // The chain id is the one that was kept when the position was proved.
  await page.getByRole('button', { name: 'Verify in my browser' }).click();
  await expect(page.getByText(/All steps hold, for the chain id that this browser has known/)).toBeVisible();
  await expect(page.locator('main ol.steps > li.ok')).toHaveCount(16);
  await expect(page.locator(`[data-verified="${round}"]`)).toBeVisible();
  await expect(page.locator('main [data-draw="verified"]')).toBeVisible();
  await expect(
    page.getByText('What this page shows of the round besides is what was verified.'),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Verify again' }).click();
  await expect(
    page.getByText(/All steps hold, for the chain id that this browser has known since/),
  ).toBeVisible();
  await page.getByLabel('Chain id from elsewhere').fill('00'.repeat(32));
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByText('This is not the chain id that this node names.')).toBeVisible();
  const { chain } = await devnet.get<{ chain: { id: string } }>('genesis');
  await page.getByLabel('Chain id from elsewhere').fill(chain.id);
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByText('All steps hold, for the chain id that you gave.')).toBeVisible();
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/round.png`, fullPage: true });

  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the evidence' }).click();
  const file = test.info().outputPath('changed.evidence');
  const evidence = readFileSync(await (await saving).path());
  evidence.writeUInt8(evidence.readUInt8(evidence.length - 20) ^ 1, evidence.length - 20);
  writeFileSync(file, evidence);
  await page.getByLabel('Check saved evidence').setInputFiles(file);
  await page.getByRole('button', { name: 'Verify in my browser' }).click();
  await expect(page.getByText('At least one step does not hold.')).toBeVisible();
  await expect(page.locator('main ol.steps > li.bad')).toHaveCount(1);
  await expect(page.locator('main [data-draw="verified"]')).toHaveCount(0);
  // What differs is said in the reader's language.
  const differs = page.locator('main ol.steps > li.bad .detail');
  await expect(differs).toHaveText(/the node says/);
  await page.locator('footer select').first().selectOption('zh');
  await expect(differs).toHaveText(/节点说是/);
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/round-tampered.png`, fullPage: true });
  await page.locator('footer select').first().selectOption('en');
  await expect(differs).toHaveText(/the node says/);
});

test('check a round from a script, with the library', () => {
  const made = spawnSync(process.execPath, [resolve(import.meta.dirname, '../scripts/verify-package.mjs')]);
  expect(made.stderr.toString()).toBe('');
  const { stdout, status } = spawnSync(
    process.execPath,
    [resolve(import.meta.dirname, '../packages/verify/example.mjs'), devnet.node, '2'],
    { encoding: 'utf8' },
  );
  expect(stdout).toContain('nobody has confirmed the chain id');
  expect(stdout).toMatch(/^ok draw: /m);
  expect(status).toBe(0);
});

test('register a miner with keys made in the page', async () => {
  await goTo(page, devnet.url, '/vote?do=register');
  await page.getByLabel('Name').fill('Bad Name');
  await page.getByLabel('Where the node listens').fill('127.0.0.1:45678');
  await page.getByLabel('Contact (public, optional)').fill('javascript:alert(1)');
  await page.getByRole('button', { name: 'Review' }).click();
  await expect(page.getByText(/Only a-z 0-9/)).toBeVisible();
  await page.getByLabel('Name').fill('arn.b_er');
  await page.getByRole('button', { name: 'Make keys here' }).click();
  await expect(page.getByLabel('Keys of the node')).toHaveValue(/^[0-9a-f]{480}$/);
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the key file' }).click();
  expect(readFileSync(await (await saving).path(), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
  await page.getByRole('button', { name: 'Review' }).click();
  await signAndFollow(page);
  await devnet.until('the registration in effect', async () =>
    (await miners()).some((miner) => miner.name === 'arn.b_er'),
  );
  const registered = (await miners()).find((miner) => miner.name === 'arn.b_er')!;
  await goTo(page, devnet.url, `/miners/${registered.id}`);
  const contact = page.getByText('javascript:alert(1)');
  await expect(contact).toBeVisible();
  await expect(page.locator('a', { hasText: 'javascript:' })).toHaveCount(0);
  // `arn.b_er` is not `amber`, and the page says so.
  await expect(page.locator('main .notice', { hasText: 'Not to be confused with' })).toContainText('amber');
});

test('switch to another miner and see the halving', async () => {
  const rows = await miners();
  const idle = rows.find((miner) => miner.name === 'arn.b_er')!;
  const other = rows[0]!;
  // A miner without a node is never drawn, so nothing halves the time gain of its voters until they leave.
  await goTo(page, devnet.url, `/vote?do=vote&miner=${idle.id}`);
  await page.getByRole('button', { name: 'Review' }).click();
  await expect(page.getByText(/has not shown that it runs: it cannot be drawn now/)).toBeVisible();
  await expect(page.getByText(/Another miner has a name that looks like this one/)).toBeVisible();
  // Nobody votes for it yet, so that no proof of votes says who it is.
  await expect(page.getByText(/^That miner #[0-9]+ is arn\.b_er is the node’s word alone/)).toBeVisible();
  await page.getByLabel('I know. Go on all the same.').check();
  await signAndFollow(page);
  await devnet.until(
    'a time gain of 4',
    async () => ((await account()).position?.time_gain ?? 0) >= 4,
    300_000,
  );
  await goTo(page, devnet.url, `/vote?do=vote&miner=${other.id}`);
  await page.getByRole('button', { name: 'Review' }).click();
  await expect(page.getByText('Switching to another miner halves your time gain.')).toBeVisible();
  await expect(page.getByText('(leaving a miner halves it)')).toBeVisible();
  await signAndFollow(page);
  await devnet.until('the switch in effect', async () => (await account()).position?.miner?.id === other.id);
  await goTo(page, devnet.url, '/position');
  await expect(fact(page, 'Votes for')).toHaveText(other.name);
  // An earlier vote for the same miner may stand there alone until this one is written: only this one changed `t`.
  const halved = new RegExp(`Vote for ${other.name} took effect +t ([0-9]+) → ([0-9]+)`);
  const entry = page.locator('.timeline li > span', { hasText: halved }).first();
  const [, before, after] = halved.exec((await entry.textContent()) ?? '') ?? [];
  expect(Number(before)).toBeGreaterThanOrEqual(4);
  expect(Number(after)).toBe(Math.floor(Number(before) / 2));
});

test('bring a secret of the original network, and be refused with a wrong password', async () => {
  await goTo(page, devnet.url, '/wallet');
  await page.getByRole('tab', { name: 'Original network’s secret' }).click();
  await page.getByLabel('Secret', { exact: true }).fill('devnet alice');
  await page.getByLabel('Label').fill('Alice');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('A6PQXuCueQTB1iEnit5HWZA58j4rjES5nQ')).toBeVisible();
  await page.getByRole('button', { name: 'Lock now' }).click();
  await page.getByRole('button', { name: 'Unlock' }).last().click();
  await page.getByLabel('Password', { exact: true }).last().fill('wrong horse battery');
  await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByText('Wrong password, or the stored wallet is damaged.')).toBeVisible();
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('devnet alice');
  await page.getByRole('button', { name: 'Use', exact: true }).first().click();
});

test('survive a restart of the node', async () => {
  await goTo(page, devnet.url, '/');
  await expect(page.getByText('live', { exact: true })).toBeVisible();
  await devnet.stopNode();
  await expect(page.getByText(/The node does not answer\. Trying again/)).toBeVisible();
  const before = await page.locator('footer').textContent();
  await devnet.startNode();
  await expect(page.getByText('live', { exact: true })).toBeVisible();
  await expect(page.getByText(/The node does not answer/)).toHaveCount(0);
  await expect.poll(() => page.locator('footer').textContent()).not.toBe(before);
});

test('find things by height, hash, address and name', async () => {
  const tip = await devnet.get<{ height: number; hash: string }>('blocks/5');
  for (const [typed, found] of [
    ['5', '5'],
    [tip.hash, '5'],
    [address, address],
    ['amb', 'amber'],
  ] as const) {
    await goTo(page, devnet.url, '/');
    await page.getByRole('searchbox', { name: 'Search' }).fill(typed);
    await page.keyboard.press('Enter');
    await expect(
      page.locator('main ul.book').getByRole('link', { name: found, exact: true }).first(),
    ).toBeVisible();
  }
});

test('the voting table: tabs, favourites, order and export, by keyboard alone', async () => {
  await goTo(page, devnet.url, '/miners');
  await expect(page.getByText(/^Fair order of round/)).toBeVisible();
  await page.getByRole('tab', { name: 'All' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'In committee' })).toHaveAttribute('aria-selected', 'true');
  await expect(page).toHaveURL(/tab=committee/);
  await expect(page.locator('.miners-table tbody .tag', { hasText: 'in committee' })).not.toHaveCount(0);
  await page.keyboard.press('End');
  await expect(page.getByText('No favourites yet', { exact: false })).toBeVisible();
  await page.keyboard.press('Home');
  const star = page.getByRole('button', { name: 'Mark amber as favourite' });
  await star.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'All' }).focus();
  await page.keyboard.press('End');
  await expect(page.locator('.miners-table tbody tr')).toHaveCount(1);
  await page.keyboard.press('Home');
  // A round that ends meanwhile may bring another to the top.
  const [before] = await miners();
  await page.getByRole('button', { name: 'Rank', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/sort=rank/);
  await expect(page.locator('.miners-table tbody tr .cell-rank').first()).toHaveText('1');
  const [after] = await miners();
  const top = new RegExp(`${before!.name}|${after!.name}`);
  await expect(page.locator('.miners-table tbody tr').first()).toContainText(top);
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).focus();
  await page.keyboard.press('Enter');
  const csv = readFileSync(await (await saving).path(), 'utf8')
    .trimEnd()
    .split('\r\n');
  expect(csv).toHaveLength(1 + (await miners()).length);
});

test('lock and vote by keyboard alone, with everything that is reached in sight', async () => {
  const [first] = await miners();
  const before = BigInt((await account()).locked);
  await goTo(page, devnet.url, '/');
  // Whoever has no pointer goes from the top of the page on.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const tabTo = async (target: Locator) => {
    for (let steps = 0; steps < 80; steps += 1) {
      if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) {
        await expect(target).toBeInViewport();
        // What has the focus shows it.
        expect(await target.evaluate((element) => getComputedStyle(element).outlineStyle)).not.toBe('none');
        return;
      }
      await page.keyboard.press('Tab');
    }
    throw new Error(`not reached with Tab: ${String(target)}`);
  };
  await tabTo(
    page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Vote', exact: true }),
  );
  await page.keyboard.press('Enter');
  await expect(page.locator('main[data-shown="/vote"]')).toBeAttached();
  await tabTo(page.getByRole('tab', { selected: true }));
  await page.keyboard.press('Home');
  await expect(page.getByRole('tab', { name: 'Lock', exact: true })).toHaveAttribute('aria-selected', 'true');
  await tabTo(page.getByLabel('Amount in ETM'));
  await page.keyboard.type('1');
  await tabTo(page.getByLabel('Miner', { exact: true }));
  await page.keyboard.type(first!.name);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Before you sign')).toBeVisible();
  const button = page.getByRole('button', { name: 'Sign and send' }).first();
  await expect(button).toBeEnabled();
  await tabTo(button);
  await page.keyboard.press('Enter');
  const password = page.getByRole('dialog').getByLabel('Password', { exact: true });
  const sent = page.getByRole('heading', { name: 'Sent' });
  await expect(password.or(sent).first()).toBeVisible();
  if (await password.isVisible()) {
    await expect(password).toBeFocused();
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
  }
  await expect(sent).toBeVisible();
  await devnet.until(
    'the lock in effect',
    async () => BigInt((await account()).locked) === before + 100_000_000n,
  );
});

tableTests(running);
requestTests(running);
shiftTests(running);

test('hosted elsewhere in a folder, and pointed at the node', async ({ browser }) => {
  const host = await hostElsewhere();
  const context = await browser.newContext();
  try {
    const elsewhere = await context.newPage();
    const asked: string[] = [];
    elsewhere.on('request', (request) => asked.push(request.url()));
    await elsewhere.goto(`${host.url}/#/network`);
    // The host is no node: the page says so and stays usable.
    await expect(elsewhere.getByText('The node does not answer.').first()).toBeVisible();
    await elsewhere.getByRole('textbox', { name: 'Node this page asks' }).fill('http://127.0.0.1:1');
    await elsewhere.getByRole('button', { name: 'Use this node' }).click();
    await expect(elsewhere.getByText(/No node answers there/)).toBeVisible();
    await elsewhere.getByRole('textbox', { name: 'Node this page asks' }).fill(devnet.node);
    await elsewhere.getByRole('button', { name: 'Use this node' }).click();
    await expect(elsewhere.getByText('live', { exact: true })).toBeVisible();
    await goTo(elsewhere, host.url, '/rounds/0');
    await elsewhere.getByRole('button', { name: 'Verify in my browser' }).click();
    await expect(elsewhere.getByText(/All steps agree with the genesis/)).toBeVisible();
    const hosts = new Set(asked.map((url) => new URL(url).origin));
    expect([...hosts].sort()).toEqual([new URL(host.url).origin, devnet.node, 'http://127.0.0.1:1'].sort());
  } finally {
    await context.close();
    await host.stop();
  }
});

const PAGES = [
  ['overview', '/'],
  ['miners', '/miners'],
  ['miner', '/miners/0'],
  ['compare', '/compare?ids=0,1,2,3'],
  ['offline', '/offline'],
  ['position', '/position'],
  ['act', '/vote?do=lock'],
  ['send', '/vote?do=transfer'],
  ['register', '/vote?do=register'],
  ['rounds', '/rounds'],
  ['round', '/rounds/0'],
  ['block', '/blocks/9'],
  ['blocks', '/blocks'],
  ['network', '/network'],
  ['wallet', '/wallet'],
  ['search', '/search?q=5'],
  ['help', '/help'],
] as const;

for (const [mode, language] of [
  ['light', 'en'],
  ['dark', 'en'],
  ['light', 'zh'],
] as const) {
  test(`every page is accessible: ${mode}, ${language}`, async () => {
    await page.emulateMedia({ colorScheme: mode, reducedMotion: 'reduce' });
    await goTo(page, devnet.url, '/');
    await page.locator('footer select').first().selectOption(language);
    for (const [name, path] of PAGES) {
      await goTo(page, devnet.url, path);
      await expectAccessible(page, `${name}, ${mode}, ${language}`);
      // Light ones are taken where every window is tried.
      if (SHOTS === undefined || mode === 'light') continue;
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: heightOf(width) });
        await expect(page.locator('main .skeleton')).toHaveCount(0);
        await page.screenshot({ path: `${SHOTS}/${name}-${width}-dark.png`, fullPage: width < 500 });
      }
      await page.setViewportSize({ width: 1360, height: 900 });
    }
  });
}

for (const language of ['zh', 'en'] as const) {
  test(`fits every window, from a phone at 400 % to a wide screen: ${language}`, async () => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await goTo(page, devnet.url, '/');
    await page.locator('footer select').first().selectOption(language);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: heightOf(width) });
      for (const [name, path] of PAGES) {
        await goTo(page, devnet.url, path);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        const wide = await page.evaluate(() =>
          [...document.querySelectorAll('main *')]
            .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth)
            .map((element) => element.outerHTML.slice(0, 120)),
        );
        expect.soft(overflow, `${name} ${width}: ${wide.join(' | ')}`).toBe(0);
        // What is shown on demand has to fit, too; the choice of columns lies over the page.
        await page.evaluate(() =>
          document.querySelectorAll<HTMLDetailsElement>('details:not(.columns-menu)').forEach((more) => {
            more.open = true;
          }),
        );
        await expect(page.locator('main .skeleton')).toHaveCount(0);
        expect.soft(await layoutFaults(page), `${name} ${width} ${language}`).toEqual([]);
        if (SHOTS !== undefined) {
          await page.screenshot({ path: `${SHOTS}/${name}-${width}-${language}.png`, fullPage: width < 500 });
        }
      }
    }
  });
}

test('what is under review fits every window, in both languages', async () => {
  for (const [language, amount, review] of [
    ['zh', '数量（ETM）', '核对'],
    ['en', 'Amount in ETM', 'Review'],
  ] as const) {
    await goTo(page, devnet.url, '/vote?do=lock');
    await page.locator('footer select').first().selectOption(language);
    await page.getByLabel(amount).fill('1.5');
    await page.getByRole('button', { name: review, exact: true }).click();
    await expect(page.locator('main dl.change')).toBeVisible();
    await expect(page.locator('main .skeleton')).toHaveCount(0);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: heightOf(width) });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect.soft(overflow, `${width} ${language}`).toBe(0);
      expect.soft(await layoutFaults(page), `${width} ${language}`).toEqual([]);
    }
    await page.goBack();
  }
});

test('a phone shows a summary of the position, and the rest on demand', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await goTo(page, devnet.url, '/position');
  await expect(page.locator('main details.fold')).not.toHaveCount(0);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  expect(height).toBeLessThan(2200);
  await page.getByText('Bonus by round, and why').click();
  await expect(page.getByText(/of its pool of/).first()).toBeVisible();
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('navigation', { name: 'Main' }).getByText('Network').click();
  await expect(page.getByRole('heading', { name: 'Network', level: 1 })).toBeVisible();
});
