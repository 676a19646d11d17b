// Builds packages/verify, the library behind "Verify in my browser", as others get it: one module and its types. With `--check` it is
// packed, unpacked elsewhere and used from there: by its tests and by a compiler.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const web = fileURLToPath(new URL('../', import.meta.url));
const home = join(web, 'packages/verify');
const dist = join(home, 'dist');
const { dependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
const allowed = Object.keys(dependencies);

function run(program, args, cwd) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) {
    console.error(`${program} ${args.join(' ')}\n${stdout}${stderr}`);
    process.exit(1);
  }
  return stdout;
}

const foreign = (id) => !id.startsWith('.') && !id.startsWith('/');
await build({
  configFile: false,
  root: web,
  logLevel: 'warn',
  build: {
    outDir: dist,
    emptyOutDir: true,
    target: 'es2022',
    minify: false,
    lib: { entry: join(web, 'src/lib/verify/index.ts'), formats: ['es'], fileName: 'index' },
    rolldownOptions: { external: foreign },
  },
});
const types = join(dist, 'types');
run(
  process.execPath,
  [
    join(web, 'node_modules/typescript/bin/tsc'),
    ...['--project', join(web, 'packages/verify/tsconfig.json'), '--outDir', types],
  ],
  web,
);
// Node's own rules want the ending of a module in its name.
for (const name of readdirSync(types, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue;
  const path = join(types, name);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/(from |import\()(["'])(\.{1,2}\/[^"']+)\2/g, '$1$2$3.js$2'));
}
const bundle = readFileSync(join(dist, 'index.js'), 'utf8');
const imported = [...bundle.matchAll(/from\s*["']([^"']+)["']/g)].map(([, name]) => name);
const strangers = imported.filter(
  (name) => !allowed.some((known) => name.startsWith(`${known}/`) || name === known),
);
if (strangers.length > 0) {
  console.error(`packages/verify imports ${strangers.join(', ')}, which is none of its dependencies`);
  process.exit(1);
}

if (process.argv.includes('--check')) {
  const elsewhere = mkdtempSync(join(tmpdir(), 'etm-verify-'));
  try {
    // The scripts of the package are this very one.
    const [packed] = JSON.parse(
      run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', elsewhere], home),
    );
    const target = join(elsewhere, 'node_modules/etm-verify');
    mkdirSync(target, { recursive: true });
    run(
      'tar',
      ['-xzf', join(elsewhere, packed.filename), '-C', target, '--strip-components', '1'],
      elsewhere,
    );
    for (const scope of ['@noble', '@scure']) {
      symlinkSync(join(web, 'node_modules', scope), join(elsewhere, 'node_modules', scope));
    }
    // The tests find the golden files where they are in the repository.
    const place = join(elsewhere, 'web/packages/verify/test');
    cpSync(join(home, 'test'), place, { recursive: true });
    symlinkSync(join(web, '../vectors'), join(elsewhere, 'vectors'));
    const said = run(process.execPath, ['--test', join(place, 'golden.test.mjs')], elsewhere);
    const passed = /^# pass ([0-9]+)$/m.exec(said)?.[1] ?? /pass ([0-9]+)/.exec(said)?.[1];
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      preserveSymlinks: true,
    };
    writeFileSync(
      join(elsewhere, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: [join(place, 'types.mts')] }),
    );
    run(process.execPath, [join(web, 'node_modules/typescript/bin/tsc'), '--project', elsewhere], elsewhere);
    const names = packed.files.map((file) => file.path);
    for (const needed of ['README.md', 'dist/index.js', 'example.mjs', 'package.json']) {
      if (!names.includes(needed)) throw new Error(`the package lacks ${needed}`);
    }
    console.log(
      `etm-verify: ${packed.size} bytes packed, ${packed.files.length} files, ${passed} tests passed.`,
    );
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}
