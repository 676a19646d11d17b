// Lighthouse on a phone, several times in turn: the median score of each page and what it is made of, in the browser of the tests.
// `npm run lighthouse -- http://127.0.0.1:8080 [RUNS]`; LIGHTHOUSE is an installed `lighthouse`, else npx fetches one. A benchmark, not
// a test: the figures follow the load of the machine, which `benchmark` tells (higher is a freer machine).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [node = 'http://127.0.0.1:8080', runs = '5'] = process.argv.slice(2);
const PAGES = [
  ['overview', '/'],
  ['miners', '/miners'],
];
const AUDITS = [
  'first-contentful-paint',
  'largest-contentful-paint',
  'total-blocking-time',
  'cumulative-layout-shift',
];
const [program, ...first] =
  process.env['LIGHTHOUSE'] === undefined ? ['npx', '--yes', 'lighthouse@12'] : [process.env['LIGHTHOUSE']];

function look(url, file) {
  const flags = ['--quiet', '--only-categories=performance', '--form-factor=mobile', '--output=json'];
  const chrome = '--chrome-flags=--headless=new --no-sandbox --disable-gpu';
  const { status, stderr, error } = spawnSync(
    program,
    [...first, url, ...flags, chrome, `--output-path=${file}`],
    {
      encoding: 'utf8',
      env: { ...process.env, CHROME_PATH: process.env['CHROMIUM'] ?? '/usr/bin/chromium' },
    },
  );
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.slice(-500)}`);
  const { categories, audits, environment } = JSON.parse(readFileSync(file, 'utf8'));
  return {
    score: categories.performance.score * 100,
    benchmark: environment.benchmarkIndex,
    ...Object.fromEntries(AUDITS.map((name) => [name, audits[name].numericValue])),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'etm-lighthouse-'));
try {
  const seen = PAGES.map(([name]) => [name, []]);
  // In turn, so that a busy minute meets all pages.
  for (let run = 0; run < Number(runs); run += 1) {
    PAGES.forEach(([, path], index) =>
      seen[index][1].push(look(`${node}/#${path}`, join(folder, 'report.json'))),
    );
  }
  for (const [name, looks] of seen) {
    const figures = Object.keys(looks[0]).map((what) => {
      const sorted = looks.map((one) => one[what]).sort((one, other) => one - other);
      const print = (value) => (what === 'cumulative-layout-shift' ? value.toFixed(3) : Math.round(value));
      return `${what} ${print(sorted[Math.floor(sorted.length / 2)])} (${print(sorted[0])}..${print(sorted.at(-1))})`;
    });
    console.log(`${name}: ${figures.join(', ')}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
