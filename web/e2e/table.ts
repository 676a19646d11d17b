/** The voting table: nothing cut, nothing moving, everything in reach. */

import { expect, type Page, test } from '@playwright/test';
import { goTo } from './page';
import { heightOf, type Running } from './running';

interface Cells {
  /** Cells whose text is wider than the cell, or beyond the table's window. */
  readonly cut: readonly string[];
  /** Columns whose cells don't stand under their heading. */
  readonly apart: readonly string[];
  /** How far the decimal points of the bonus column are from standing under each other, in pixels. */
  readonly pointsApart: number;
  readonly headings: readonly string[];
}

function cells(page: Page): Promise<Cells> {
  return page.evaluate(() => {
    const scroll = document.querySelector('.miners-scroll')!;
    const right = scroll.getBoundingClientRect().left + scroll.clientWidth + 0.5;
    const cut: string[] = [];
    const apart: string[] = [];
    const points: number[] = [];
    const heads = [...document.querySelectorAll('.miners-table thead th')];
    for (const row of document.querySelectorAll('.miners-table tbody tr')) {
      [...row.children].forEach((cell, index) => {
        const box = cell.getBoundingClientRect();
        const text = cell.textContent;
        if (cell.scrollWidth > cell.clientWidth + 1 || box.right > right) cut.push(text);
        const head = heads[index]!.getBoundingClientRect();
        if (Math.abs(head.left - box.left) > 1 || Math.abs(head.right - box.right) > 1) apart.push(text);
        if (cell.classList.contains('cell-bonus')) {
          const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
          const node = walker.nextNode()!;
          const at = node.textContent!.indexOf('.');
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + 1);
          points.push(range.getBoundingClientRect().left);
        }
      });
    }
    const headings = heads.map((head) => head.className.trim().split(' ').at(-1) ?? '');
    return { cut, apart, pointsApart: Math.max(...points) - Math.min(...points), headings };
  });
}

const order = (page: Page) => page.locator('.miners-table tbody .miner').allTextContents();

export function tableTests({ devnet, page: pageOf }: Running): void {
  test('few rows leave no empty space under them', async () => {
    const page = pageOf();
    await page.setViewportSize({ width: 1280, height: 1600 });
    await goTo(page, devnet.url, '/miners');
    await expect(page.locator('.miners-table tbody tr').first()).toBeVisible();
    const below = await page.evaluate(() => {
      const bottom = (element: Element) => element.getBoundingClientRect().bottom;
      const rows = [...document.querySelectorAll('.miners-table tbody tr')].map(bottom);
      return bottom(document.querySelector('.miners-body')!.closest('.sheet')!) - Math.max(...rows);
    });
    expect(below).toBeLessThan(24);
  });

  test('the miners’ table is whole at 1280 and 1920 px, whatever the amount, in both languages', async () => {
    const page = pageOf();
    for (const language of ['zh', 'en']) {
      await goTo(page, devnet.url, '/');
      await page.locator('footer select').first().selectOption(language);
      for (const width of [1280, 1920]) {
        await page.setViewportSize({ width, height: heightOf(width) });
        for (const search of ['', '?amount=123456789.12345678&gain=32']) {
          await goTo(page, devnet.url, `/miners${search}`);
          await page.locator('.miners-table tbody tr').nth(5).waitFor();
          const found = await cells(page);
          const where = `${language} ${width} ${search}`;
          // A note of two lines would move all rows when it comes.
          const lines = await page
            .locator('.order-note .explained > span')
            .first()
            .evaluate((note) => note.getClientRects().length);
          expect(lines, `${where}: lines of the note`).toBe(1);
          // Ten digits before the point need room, which only a wider window has: such a table is scrolled, never cut.
          if (search === '' || width > 1280) expect(found.cut, where).toEqual([]);
          expect(found.apart, where).toEqual([]);
          expect(found.pointsApart, where).toBeLessThan(0.6);
          expect(found.headings.indexOf('cell-bonus'), 'the first figure after the name').toBe(
            found.headings.indexOf('cell-name') + 1,
          );
        }
      }
    }
    await page.setViewportSize({ width: 1360, height: 900 });
  });

  test('the order stands until the reader asks for another, while the figures go on', async () => {
    const page = pageOf();
    await goTo(page, devnet.url, '/miners');
    // Opened anew: what an earlier filter showed may stand there until the answer to this one.
    await page.reload();
    await page.locator('.miners-table tbody tr').first().waitFor();
    const again = page.getByRole('button', { name: 'Sort anew: a newer round runs' });
    await expect(again).toBeVisible();
    // The answer to this filter may still be on its way, once; an order that follows the figures would change with each.
    const stands = async () => {
      const before = await order(page);
      await page.waitForResponse((answer) => answer.url().includes('/miners?ids='));
      return (await order(page)).join() === before.join();
    };
    expect((await stands()) || (await stands())).toBe(true);
    const old = await order(page);
    // Figures are asked for in the order of the list, too, and may be answered first, by another round.
    const answers: Promise<string>[] = [];
    page.on('response', (answer) => {
      const url = answer.url();
      if (!url.includes('sort=fair') || url.includes('ids=')) return;
      const names = answer
        .json()
        .then((list: { miners: { name: string }[] }) => list.miners.map((one) => one.name).join())
        // An answer that the page no longer waits for has no body.
        .catch(() => '');
      answers.push(names);
    });
    await again.click();
    const isAnswered = async () => {
      const shown = (await order(page)).join();
      return shown !== old.join() && (await Promise.all(answers)).includes(shown);
    };
    await expect.poll(isAnswered).toBe(true);
  });

  test('a column is explained by keyboard and by touch', async () => {
    const page = pageOf();
    await goTo(page, devnet.url, '/miners');
    const button = page.getByRole('button', { name: 'What is: Chance of a seat' });
    await button.focus();
    await page.keyboard.press('Enter');
    const note = page.getByText(/Chance to be among the members drawn for round/);
    await expect(note).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(note).toBeHidden();
    await button.click();
    await expect(note).toBeInViewport();
    await page.keyboard.press('Escape');
  });

  test('the chosen tab is whole in sight, with a part of its neighbour, on a phone that was turned, too', async () => {
    const page = pageOf();
    await page.setViewportSize({ width: 1280, height: 900 });
    await goTo(page, devnet.url, '/miners?tab=mine');
    for (const width of [1280, 390, 320]) {
      await page.setViewportSize({ width, height: heightOf(width) });
      const beyond = () =>
        page.locator('main .tabs').evaluate((strip) => {
          const outer = strip.getBoundingClientRect();
          const inner = strip.querySelector('[aria-selected="true"]')!.getBoundingClientRect();
          return inner.left < outer.left || inner.right > outer.right;
        });
      await expect.poll(beyond, { message: `${width}` }).toBe(false);
    }
    // Where tabs go on there is a shade at the edge, which what moves with them covers at their end.
    const moves = await page
      .locator('main .tabs')
      .evaluate((strip) => getComputedStyle(strip).backgroundAttachment);
    expect(moves).toBe('local, local, scroll, scroll');
    await page.setViewportSize({ width: 1360, height: 900 });
  });

  test('a miner and Back keep the place, the order and the filter', async () => {
    const page = pageOf();
    await page.setViewportSize({ width: 1280, height: 500 });
    await goTo(page, devnet.url, '/miners?sort=name&amount=5&gain=3');
    const scroll = page.locator('.miners-scroll');
    // What an earlier filter showed may stand there until the answer to this one.
    const isByName = async () => {
      const names = await order(page);
      return names.join() === names.toSorted().join();
    };
    await expect.poll(isByName).toBe(true);
    await scroll.evaluate((element) => element.scrollTo({ top: 120 }));
    await expect.poll(() => scroll.evaluate((element) => element.scrollTop)).toBe(120);
    const before = await order(page);
    await page.locator('.miners-table .miner').nth(4).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Miner');
    await expect(page).toHaveTitle(/^Miner .* – En-Tan-Mo$/);
    await page.goBack();
    await expect(page.locator('.miners-table tbody tr').first()).toBeVisible();
    await expect.poll(() => scroll.evaluate((element) => element.scrollTop)).toBe(120);
    expect(await order(page)).toEqual(before);
    await expect(page.getByLabel('Estimate for ETM')).toHaveValue('5');
    await expect(page.getByLabel('at time gain')).toHaveValue('3');
    await expect(page).toHaveTitle('Miners – En-Tan-Mo');
    await page.setViewportSize({ width: 1360, height: 900 });
  });

  test('on a phone each miner is a card with name, bonus, chance and vote button', async () => {
    const page = pageOf();
    for (const width of [320, 390, 600, 768]) {
      await page.setViewportSize({ width, height: heightOf(width) });
      await goTo(page, devnet.url, '/miners?sort=rank');
      const card = page.locator('.miner-card').first();
      await expect(card.locator('.miner')).toBeVisible();
      await expect(card.getByText('Chance of a seat')).toBeVisible();
      await expect(card.getByText('Bonus a day (ETM)')).toBeVisible();
      const tops = await card
        .locator('.miner-card-facts dd')
        .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().bottom)));
      expect(new Set(tops).size, `${width}: figures on one line`).toBe(1);
      // Where the last row is not full there is nothing, and no colour of its own.
      const colours = await page
        .locator('.miner-cards')
        .evaluate((list) =>
          [list.closest('.sheet')!, list].map((one) => getComputedStyle(one).backgroundColor),
        );
      expect([colours[0], 'rgba(0, 0, 0, 0)'], `${width}`).toContain(colours[1]);
      const buttons = page.locator('.miner-card .button');
      expect(await buttons.count()).toBeGreaterThan(3);
      for (const box of await buttons.evaluateAll((all) => all.map((one) => one.getBoundingClientRect()))) {
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.right).toBeLessThanOrEqual(width);
      }
      // A tag that comes or goes with a round moves nothing below it.
      const heights = await page
        .locator('.miner-card-tags')
        .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().height)));
      expect(new Set(heights).size, `${width}: ${heights.join()}`).toBe(1);
    }
    await page.setViewportSize({ width: 1360, height: 900 });
  });
}
