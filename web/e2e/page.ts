/** What the tests do with the page, and what they watch while they do it. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Locator, type Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';

export const PASSWORD = 'correct horse battery';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Collects what must never happen: errors, broken policies, requests to anyone but the page's own host. */
export function watch(page: Page, url: string): string[] {
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    // A node that is away, and what it doesn't know, are told by the browser as failed loads.
    if (message.type() === 'error' && !/Failed to load resource|ERR_CONNECTION|net::ERR/.test(text)) {
      wrong.push(`console: ${text}`);
    }
  });
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${url}/`) && !asked.startsWith(`blob:${url}/`)) wrong.push(`request: ${asked}`);
  });
  return wrong;
}

export async function goTo(page: Page, url: string, path: string): Promise<void> {
  await page.goto(`${url}/#${path}`);
  // The page before stands until this one has been fetched.
  await expect(page.locator(`main[data-shown="${path.split('?')[0] ?? ''}"]`)).toBeAttached();
  await expect(page.locator('main h1').first()).toBeAttached();
  await expect(page.locator('main .skeleton')).toHaveCount(0);
}

/** No violation of the accessibility rules. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe);
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  const found = results.violations.map(
    (violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(' | ')}`,
  );
  // All pages are looked at before the test fails.
  expect.soft(found, what).toEqual([]);
}

export async function makeWallet(page: Page, url: string, label: string): Promise<string> {
  await goTo(page, url, '/wallet');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const words = await page.getByRole('list', { name: '24 words' }).locator('li').allTextContents();
  expect(words).toHaveLength(24);
  await page.getByRole('button', { name: 'I have written them down' }).click();
  for (const field of await page.getByLabel(/^Word [0-9]+$/).all()) {
    const id = (await field.getAttribute('id')) ?? '';
    const name = (await page.locator(`label[for="${id}"]`).textContent()) ?? '';
    await field.fill(words[Number(name.slice(5)) - 1] ?? '');
  }
  await page.getByLabel('Label').fill(label);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText(`${label}: Saved.`)).toBeVisible();
  const address = await page.locator('.timeline .hash').last().textContent();
  return address ?? '';
}

/** Signs what is under review, unlocking if asked, and waits until it is sent. */
export async function sign(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Sign and send' }).first();
  await expect(button).toBeEnabled();
  await button.click();
  const password = page.getByRole('dialog').getByLabel('Password', { exact: true });
  const sent = page.getByRole('heading', { name: 'Sent' });
  await expect(password.or(sent).first()).toBeVisible();
  if (await password.isVisible()) {
    await password.fill(PASSWORD);
    await page.getByRole('dialog').getByRole('button', { name: 'Sign and send' }).click();
  }
  await expect(sent).toBeVisible();
}

/** Signs what is under review, unlocking if asked, and waits until all of it is final. */
export async function signAndFollow(page: Page): Promise<void> {
  await sign(page);
  const lists = page.locator('main ol.steps');
  const count = await lists.count();
  expect(count).toBeGreaterThan(0);
  for (let index = 0; index < count; index += 1) {
    await expect(lists.nth(index).locator('li.ok')).toHaveCount(4);
  }
  await expect(page.locator('main .notice.bad')).toHaveCount(0);
}

/** The figure of a fact by its name. */
export function fact(page: Page, name: string): Locator {
  return page
    .locator('.facts > div', { has: page.getByText(name, { exact: true }) })
    .locator('dd')
    .first();
}
