// Builds the page into dist/, unless dist/ was made from these very sources. Exit codes: 0 dist/ is up to date; 3 it can't be built on
// this machine; anything else: the page's source is broken. Without a build script's lock, dist/ is replaced in one go all the same.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const CANNOT = 3;
const OLDEST_NODE = [20, 19];
const web = fileURLToPath(new URL('../', import.meta.url));
const INPUTS = [
  'index.html',
  'package.json',
  'package-lock.json',
  'public',
  'scripts/build.mjs',
  'src',
  'tsconfig.json',
  'vite.config.ts',
];
const STAMP = 'dist/.inputs';

function files(path) {
  if (!statSync(join(web, path)).isDirectory()) return [path];
  return readdirSync(join(web, path))
    .sort()
    .map((name) => `${path}/${name}`)
    .filter((name) => name !== 'src/test' && !name.includes('.test.'))
    .flatMap(files);
}

function digest() {
  const hash = createHash('sha256');
  for (const path of INPUTS.flatMap(files)) {
    const bytes = readFileSync(join(web, path));
    hash.update(`${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

function stamp() {
  const path = join(web, STAMP);
  return existsSync(path) && existsSync(join(web, 'dist/index.html')) ? readFileSync(path, 'utf8') : '';
}

function cannot(reason) {
  console.error(reason);
  process.exit(CANNOT);
}

function modified(path) {
  return existsSync(join(web, path)) ? statSync(join(web, path)).mtimeMs : 0;
}

/** The packages, exactly those of the lock file. */
function install() {
  if (modified('node_modules/.package-lock.json') >= modified('package-lock.json')) return;
  const options = [
    'ci',
    '--include=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--fetch-retries=1',
  ];
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, options, { cwd: web, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.error !== undefined) cannot(`npm does not start: ${result.error.message}`);
  if (result.status !== 0) cannot(`npm ci failed: ${result.stderr.trim().slice(0, 300)}`);
}

/** Files that are worth it lie beside themselves compressed, so that a server need not do it again and again. */
function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) compress(path);
    if (!/\.(?:html|js|css|svg)$/.test(entry.name)) continue;
    const bytes = readFileSync(path);
    for (const [ending, packed] of [
      ['gz', gzipSync(bytes, { level: 9 })],
      ['br', brotliCompressSync(bytes)],
    ]) {
      if (packed.length < bytes.length) writeFileSync(`${path}.${ending}`, packed);
    }
  }
}

const wanted = digest();
if (stamp() === wanted) {
  console.log('dist/ is up to date.');
  process.exit(0);
}
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  cannot(`Node.js ${OLDEST_NODE.join('.')} or newer is needed, this is ${process.versions.node}`);
}
install();
const { build } = await import('vite');
const fresh = `dist.${process.pid}`;
try {
  await build({ root: web, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
  compress(join(web, fresh));
  writeFileSync(join(web, fresh, '.inputs'), wanted);
  rmSync(join(web, 'dist'), { recursive: true, force: true });
  renameSync(join(web, fresh), join(web, 'dist'));
  console.log('dist/ was built.');
} finally {
  rmSync(join(web, fresh), { recursive: true, force: true });
}
