/** What is read stays where it is while the rest arrives and while rounds end. */

import { expect, test } from '@playwright/test';
import { goTo } from './page';
import { heightOf, type Running } from './running';

interface Shift {
  readonly at: number;
  readonly value: number;
  readonly what: readonly string[];
}

/** Notes every shift of the layout that no input caused, as the browser counts them (CLS). */
function noteShifts(): void {
  const noted: Shift[] = [];
  Object.assign(globalThis, { noted });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { value, hadRecentInput, sources } = entry as PerformanceEntry & {
        readonly value: number;
        readonly hadRecentInput: boolean;
        readonly sources: readonly { readonly node: Node | null }[];
      };
      const names = sources.map(({ node }) =>
        node instanceof Element ? `${node.tagName}.${node.className}` : String(node?.nodeName),
      );
      if (!hadRecentInput) noted.push({ at: entry.startTime, value, what: names });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/** The worst window of shifts that follow one another within a second, of five seconds at most: the browsers' figure, CLS. */
function cumulative(shifts: readonly Shift[]): number {
  let [worst, sum, first, last] = [0, 0, -Infinity, -Infinity];
  for (const { at, value } of shifts) {
    if (at - last > 1000 || at - first > 5000) [sum, first] = [0, at];
    [sum, last] = [sum + value, at];
    worst = Math.max(worst, sum);
  }
  return worst;
}

export function shiftTests({ devnet, page: pageOf }: Running): void {
  test('nothing moves by itself while a page opens and rounds end, on a phone and on a desk', async () => {
    for (const width of [390, 1280]) {
      for (const path of ['/', '/miners']) {
        const page = await pageOf().context().newPage();
        await page.addInitScript(noteShifts);
        await page.setViewportSize({ width, height: heightOf(width) });
        await goTo(page, devnet.url, path);
        const { running } = await devnet.get<{ running: number }>('rounds');
        await devnet.until(
          'two rounds',
          async () => (await devnet.get<{ running: number }>('rounds')).running > running + 1,
        );
        if (path === '/miners') await expect(page.getByRole('button', { name: /^Sort anew/ })).toBeVisible();
        const shifts = await page.evaluate(() => (globalThis as unknown as { noted: Shift[] }).noted);
        // What counts as good: https://web.dev/articles/cls
        expect(cumulative(shifts), `${path} ${width}: ${JSON.stringify(shifts)}`).toBeLessThan(0.1);
        await page.close();
      }
    }
  });
}
