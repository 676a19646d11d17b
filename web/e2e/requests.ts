/** How often an open page asks its node: little while it is seen, never while it is not. */

import { expect, test } from '@playwright/test';
import { goTo } from './page';
import type { Running } from './running';

const MINUTE_MS = 60_000;
const LOOKED_AT = ['/', '/miners', '/position'] as const;

/** What a browser tells a page when its tab goes out of sight, or comes back. */
function turn(hidden: boolean): void {
  Object.defineProperties(document, {
    hidden: { configurable: true, get: () => hidden },
    visibilityState: { configurable: true, get: () => (hidden ? 'hidden' : 'visible') },
  });
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
}

export function requestTests({ devnet, page: pageOf }: Running): void {
  test('an open page asks less than 60 times a minute at slots of 0.4 s, and never while nobody sees it', async () => {
    const tabs = await Promise.all(
      LOOKED_AT.map(async (path) => {
        const page = await pageOf().context().newPage();
        await goTo(page, devnet.url, path);
        await expect(page.getByText('live', { exact: true })).toBeVisible();
        const asked: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        const height = () => page.locator('footer').textContent();
        return { path, page, asked, height };
      }),
    );
    const [first] = tabs;
    // What is counted is a stretch of time, so time has to pass.
    await first!.page.waitForTimeout(MINUTE_MS);
    for (const { path, asked } of tabs) {
      const routes = asked.map((url) => url.replace(/^.*\/api\/v1\//, '')).sort();
      expect(asked.length, `${path}: ${routes.join(' ')}`).toBeLessThan(60);
      expect(asked.length, `${path} goes on asking`).toBeGreaterThan(5);
    }
    for (const { page } of tabs) await page.evaluate(turn, true);
    // What was asked for before may still be under way.
    await first!.page.waitForLoadState('networkidle');
    for (const { asked } of tabs) asked.length = 0;
    const { running } = await devnet.get<{ running: number }>('rounds');
    await devnet.until(
      'two rounds',
      async () => (await devnet.get<{ running: number }>('rounds')).running > running + 1,
    );
    for (const { path, asked } of tabs) expect(asked, path).toEqual([]);
    for (const { page, height } of tabs) {
      const before = await height();
      await page.evaluate(turn, false);
      await expect.poll(height).not.toBe(before);
      await page.close();
    }
  });
}
