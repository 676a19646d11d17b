import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const web = join(import.meta.dirname, '..');

/** The names of all tests, as they are written. */
function testNames(): string[] {
  const files = ['src', 'e2e'].flatMap((folder) =>
    readdirSync(join(web, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => (folder === 'e2e' ? name.endsWith('.ts') : /\.test\.tsx?$/.test(name)))
      .map((name) => readFileSync(join(web, folder, name), 'utf8')),
  );
  return files.flatMap((text) =>
    // `it('name'`, `test(`name``, and `])('name'` after a table of cases.
    [...text.matchAll(/(?:\b(?:it|test)|\]\))\(\s*(['`])(?<name>.*?)\1,/g)].map(
      (found) => found.groups?.['name'] ?? '',
    ),
  );
}

it('the table of faults in README.md names tests that there are', () => {
  const rows = readFileSync(join(web, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| -'))
    .slice(1);
  expect(rows.length).toBeGreaterThan(10);
  const known = new Set(testNames());
  const unknown = rows.flatMap((row) => {
    const named =
      row
        .split('|')[3]
        ?.trim()
        .split(/(?<=’), (?=‘)/) ?? [];
    return named.map((name) => name.slice(1, -1)).filter((name) => !known.has(name));
  });
  expect(unknown).toEqual([]);
});
