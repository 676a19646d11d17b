// Measures the voting table in a real browser beside a plain one of the same rows: opening, searching, sorting, a walk through all rows.
// `node scripts/measure.mjs http://127.0.0.1:8080 [RUNS [MINERS]]`; the miners are those of the node that is asked, or so many made from
// them. A benchmark, not a test.
import { chromium } from '@playwright/test';

const [node = 'http://127.0.0.1:8080', runs = '7', made = '0'] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
});

// As little as a table of all rows can be: one answer, one innerHTML, sorted and filtered in the page.
const PLAIN = `<!doctype html><meta charset="utf-8"><input id="q"><button id="sort">Rank</button><table><tbody id="rows"></tbody></table><script>
const figures = ['rank', 'name', 'estimated_bonus_per_day', 'inclusion_ppb', 'votes', 'coefficient', 'seats', 'recent'];
const show = (miners) => {
  rows.innerHTML = miners.map((m) => '<tr>' + figures.map((f) => '<td>' + m[f] + '</td>').join('') + '</tr>').join('');
  rows.dataset.count = miners.length;
};
fetch('/api/v1/miners?sort=fair&limit=5000').then((answer) => answer.json()).then(({ miners }) => {
  show(miners);
  q.oninput = () => show(miners.filter((m) => m.name.includes(q.value)));
  sort.onclick = () => { show(miners.toSorted((a, b) => a.rank - b.rank)); rows.dataset.sorted = 'rank'; };
});
</script>`;

/** Many miners from a few: names, ids and ranks differ, and what is asked for is done as a node does it. */
async function multiplied() {
  const answer = await (await globalThis.fetch(`${node}/api/v1/miners?sort=fair&limit=500`)).json();
  const all = Array.from({ length: Number(made) }, (_, id) => {
    const miner = answer.miners[id % answer.miners.length];
    return { ...miner, id, rank: id + 1, name: `${miner.name}_${id}` };
  });
  return (url) => {
    const asked = new URL(url).searchParams;
    const q = asked.get('q') ?? '';
    const ids = asked.get('ids')?.split(',').map(Number);
    const found = all.filter(
      (miner) => miner.name.includes(q) && (ids === undefined || ids.includes(miner.id)),
    );
    if (asked.get('sort') === 'name') found.sort((one, other) => (one.name < other.name ? -1 : 1));
    if (asked.get('order') === 'desc') found.reverse();
    const offset = Number(asked.get('offset') ?? 0);
    const end = offset + Number(asked.get('limit') ?? 100);
    const next = end < found.length ? end : null;
    return { ...answer, miners: found.slice(offset, end), total: found.length, next };
  };
}
const answerOf = made === '0' ? null : await multiplied();

async function withMiners(page) {
  if (answerOf === null) return page;
  await page.route(`${node}/api/v1/miners?*`, (route) =>
    route.fulfill({ json: answerOf(route.request().url()) }),
  );
  return page;
}

const taken = new Map();
async function timed(what, act) {
  const begun = performance.now();
  await act();
  taken.set(what, [...(taken.get(what) ?? []), Math.round(performance.now() - begun)]);
}

/** A page in a context with an empty cache: everything is fetched and compiled. */
async function fresh(act) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  await act(await withMiners(await context.newPage()));
  await context.close();
}

const counted = (page) => page.locator('.miners-table').getAttribute('aria-rowcount');
const firstRow = (page) => page.locator('.miners-table tbody tr').first();
let rows = '';
for (let run = 0; run < Number(runs); run += 1) {
  await fresh(async (page) => {
    await timed('the page: open to usable rows', async () => {
      await page.goto(`${node}/#/miners`, { waitUntil: 'commit' });
      await page.locator('.miners-table tbody tr').nth(10).waitFor();
    });
    rows = (await counted(page)) ?? '';
    await timed('the page: another order', async () => {
      await page.locator('.miners-table th.cell-rank button.sort').click();
      await page.locator('.miners-table th.cell-rank[aria-sort]').waitFor();
      await firstRow(page).locator('.cell-rank', { hasText: /^1$/ }).waitFor();
    });
    const name = (await page.locator('.miners-table tbody tr .miner').nth(5).textContent()) ?? '';
    await timed('the page: type a name to the rows that match', async () => {
      await page.getByRole('searchbox').last().fill(name);
      await page.locator(`.miners-table:not([aria-rowcount="${rows}"])`).waitFor();
    });
  });
  await fresh(async (page) => {
    await page.route(`${node}/plain`, (route) => route.fulfill({ contentType: 'text/html', body: PLAIN }));
    await timed('a plain table: open to all rows', async () => {
      await page.goto(`${node}/plain`, { waitUntil: 'commit' });
      await page.locator('#rows[data-count]').waitFor();
    });
    await timed('a plain table: another order', async () => {
      await page.locator('#sort').click();
      await page.locator('#rows[data-sorted]').waitFor();
    });
    const all = await page.locator('#rows').getAttribute('data-count');
    const name = (await page.locator('#rows tr').nth(5).locator('td').nth(1).textContent()) ?? '';
    await timed('a plain table: type a name to the rows that match', async () => {
      await page.locator('#q').fill(name);
      await page.locator(`#rows:not([data-count="${all}"])`).waitFor();
    });
  });
}
console.log(`${Number(rows) - 1} miners; least / median / most of ${runs}`);
for (const [what, values] of taken) {
  const sorted = values.toSorted((left, right) => left - right);
  console.log(`${what}: ${sorted[0]} / ${sorted[Math.floor(sorted.length / 2)]} / ${sorted.at(-1)} ms`);
}

const page = await withMiners(await browser.newPage());
await page.goto(`${node}/#/miners?sort=rank`);
await page.locator('.miners-table tbody tr').nth(10).waitFor();
const frames = await page.evaluate(async () => {
  const scroll = document.querySelector('.miners-scroll');
  const next = () => new Promise((done) => requestAnimationFrame(done));
  const lengths = [];
  let last = await next();
  for (let step = 0; step < 300; step += 1) {
    scroll.scrollTop += 600;
    const now = await next();
    lengths.push(now - last);
    last = now;
  }
  return lengths.toSorted((left, right) => left - right);
});
const at = (part) => Math.round(frames[Math.floor(frames.length * part)]);
console.log(`a frame while scrolling 600 px each: ${at(0.5)} ms median, ${at(0.95)} ms 95th percentile`);
console.log(`rows in the document at the end: ${await page.locator('.miners-table tbody tr').count()}`);

// What each input costs once all rows are there: from the event to the next picture, and the longest the page was busy at a stretch.
await page.evaluate(() => {
  globalThis.costs = [];
  const watch = (type, options) =>
    new globalThis.PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.costs.push([type, entry.duration, entry.name]);
    }).observe({ type, ...options });
  watch('event', { durationThreshold: 16 });
  watch('longtask', {});
});
const most = async (what, act) => {
  await page.evaluate(() => globalThis.costs.splice(0));
  await act();
  await page.waitForTimeout(1500);
  const costs = await page.evaluate(() => globalThis.costs);
  const longest = (type) => Math.max(0, ...costs.filter(([of]) => of === type).map(([, ms]) => ms));
  console.log(
    `${what}: ${longest('event')} ms to the next picture, ${longest('longtask')} ms busy at a stretch`,
  );
};
const search = page.getByRole('searchbox').last();
await most('a letter typed in the search', () => search.pressSequentially('amber_1', { delay: 120 }));
await most('letters taken away', async () => {
  for (let left = 7; left > 0; left -= 1) await search.press('Backspace', { delay: 100 });
});
for (const column of ['name', 'rank', 'bonus']) {
  await most(`an order by ${column}`, () =>
    page.locator(`.miners-table th.cell-${column} button.sort`).click(),
  );
}
await most('a star', () =>
  page
    .getByRole('button', { name: /as favourite$/ })
    .first()
    .click(),
);
await most('another amount', () =>
  page.getByLabel('Estimate for ETM').pressSequentially('123', { delay: 120 }),
);
await browser.close();
