// Fails when the page weighs more than its budget: everything a browser may
// ever fetch from dist/, gzipped one file at a time, as a server would send it.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 250 * 1000;
const root = new URL('../dist/', import.meta.url).pathname;

function files(folder) {
  const served = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return served.flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

let total = 0;
for (const path of files(root).sort()) {
  const bytes = gzipSync(readFileSync(path), { level: 9 }).length;
  total += bytes;
  console.log(`${String(bytes).padStart(8)}  ${path.slice(root.length)}`);
}
console.log(`${String(total).padStart(8)}  in all, of ${BUDGET_BYTES} bytes gzipped`);
if (total > BUDGET_BYTES) {
  console.error('The page is over its weight budget.');
  process.exit(1);
}
