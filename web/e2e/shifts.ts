/** What is read stays where it is while the rest arrives and while rounds end. */

import { expect, test } from '@playwright/test';
import { goTo } from './page';
import { heightOf, type Running } from './running';

interface Shift {
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
      if (!hadRecentInput) noted.push({ value, what: names });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

export function shiftTests({ devnet, page: pageOf }: Running): void {
  test('nothing moves by itself while a page opens and rounds end, on a phone and on a desk', async () => {
    for (const width of [390, 1280]) {
      for (const path of ['/', '/miners', '/rounds', '/blocks', '/network', '/miners/0', '/position']) {
        const page = await pageOf().context().newPage();
        await page.addInitScript(noteShifts);
        // As it is for who comes again: the explanation would fill the window.
        await page.addInitScript(() => localStorage.setItem('etm.introduced', '1'));
        await page.setViewportSize({ width, height: heightOf(width) });
        // Slow enough for what comes late to be seen coming.
        const session = await page.context().newCDPSession(page);
        await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
        await goTo(page, devnet.url, path);
        await session.detach();
        const { running } = await devnet.get<{ running: number }>('rounds');
        await devnet.until(
          'two rounds',
          async () => (await devnet.get<{ running: number }>('rounds')).running > running + 1,
        );
        if (path === '/miners') await expect(page.getByRole('button', { name: /^Sort anew/ })).toBeVisible();
        const shifts = await page.evaluate(() => (globalThis as unknown as { noted: Shift[] }).noted);
        const sum = shifts.reduce((all, { value }) => all + value, 0);
        expect(sum, `${path} ${width}: ${JSON.stringify(shifts)}`).toBeLessThan(0.05);
        await page.close();
      }
    }
  });
}
