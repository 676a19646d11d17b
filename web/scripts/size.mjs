// Fails when a route weighs more than its budget: everything a browser fetches before the route can be used - the page's frame, one
// language, the route's own code and the styles - gzipped one file at a time, as a node sends it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

// What a route may weigh to first use; the frame is 60 of it.
const BUDGET_BYTES = 120 * 1000;
const root = new URL('../dist/', import.meta.url).pathname;
const assets = join(root, 'assets');
const names = readdirSync(assets).filter((name) => /\.(?:js|css)$/.test(name));
const text = (name) => readFileSync(join(assets, name), 'utf8');
const weight = (path) => gzipSync(readFileSync(path), { level: 9 }).length;
const imports = (name) =>
  [...text(name).matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)].map((found) => found[1]);
const chunk = (stem) => {
  const found = names.filter((name) => name.replace(/-[\w-]{8}\.js$/, '') === stem);
  // A page and a shared part may have one name: the page is the one that imports the other, or the only one.
  const page = found.find((name) => found.every((other) => other === name || imports(name).includes(other)));
  if (page === undefined) throw new Error(`expected a chunk ${stem}, found ${found.join(', ') || 'none'}`);
  return page;
};

function withImports(entries) {
  const all = new Set();
  const add = (name) => {
    if (all.has(name)) return;
    all.add(name);
    imports(name).forEach(add);
  };
  entries.forEach(add);
  return all;
}

const html = readFileSync(join(root, 'index.html'), 'utf8');
const entry = /src="\.\/assets\/([\w.-]+\.js)"/.exec(html)?.[1];
const styles = names.filter((name) => name.endsWith('.css'));
// English is the larger language's file; the other one has fewer letters of more bytes and about the same weight.
const language = ['en', 'zh']
  .map(chunk)
  .sort((one, other) => weight(join(assets, other)) - weight(join(assets, one)))[0];
const ROUTES = [
  'overview',
  'miners',
  'miner',
  'compare',
  'account',
  'act',
  'rounds',
  'blocks',
  'transaction',
  'network',
  'wallet',
  'offline',
  'search',
];
// What a check finds wrong is fetched when there is something to say: a word of each language that only those texts have.
const LATE = ['its bitmap has bits beyond the committee', '签名位图超出了委员会的成员'];
let over = false;
for (const word of LATE) {
  if (!names.some((name) => text(name).includes(word))) throw new Error(`no chunk says “${word}”`);
}
for (const route of ROUTES) {
  const files = [...withImports([entry, language, chunk(route)]), ...styles];
  const bytes = files.reduce(
    (sum, name) => sum + weight(join(assets, name)),
    weight(join(root, 'index.html')),
  );
  console.log(`${String(bytes).padStart(8)}  ${route}, in ${files.length} files`);
  over ||= bytes > BUDGET_BYTES;
  const early = files.filter((name) => LATE.some((word) => text(name).includes(word)));
  if (early.length > 0) {
    console.error(`${route} fetches the words of faults before there is one: ${early.join(', ')}`);
    over = true;
  }
}
if (over) {
  console.error(`No route may be over ${BUDGET_BYTES} bytes gzipped, or fetch what it has no use for yet.`);
  process.exit(1);
}
