// Measures the voting table in a real browser: from opening the page to rows that can be used, and a walk through all of them.
// `node scripts/measure.mjs http://127.0.0.1:8080 [RUNS]`; the miners are those of the node that is asked. A benchmark, not a test.
import { chromium } from '@playwright/test';

const [node = 'http://127.0.0.1:8080', runs = '7'] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
});

function show(what, values) {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted[Math.floor(sorted.length / 2)];
  console.log(
    `${what}: ${sorted[0]} / ${middle} / ${sorted.at(-1)} ms (least / median / most of ${values.length})`,
  );
}

const opened = [];
const searched = [];
let rows = '';
for (let run = 0; run < Number(runs); run += 1) {
  // A new context has an empty cache: everything is fetched and compiled.
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const page = await context.newPage();
  const begun = performance.now();
  await page.goto(`${node}/#/miners`, { waitUntil: 'commit' });
  await page.locator('.miners-table tbody tr').nth(10).waitFor();
  opened.push(Math.round(performance.now() - begun));
  rows = (await page.locator('.miners-table').getAttribute('aria-rowcount')) ?? '';
  const name = await page.locator('.miners-table tbody tr .miner').nth(5).textContent();
  const asked = performance.now();
  await page
    .getByRole('searchbox')
    .last()
    .fill(name ?? '');
  await page.locator(`.miners-table:not([aria-rowcount="${rows}"])`).waitFor();
  searched.push(Math.round(performance.now() - asked));
  await context.close();
}
console.log(`${Number(rows) - 1} miners`);
show('from opening the page to usable rows', opened);
show('from typing a name to the rows that match', searched);

const page = await browser.newPage();
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
await browser.close();
