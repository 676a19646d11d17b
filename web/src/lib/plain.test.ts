import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { plain } from './plain';

const file = resolve(import.meta.dirname, '../../../vectors/text/plain.json');
const cases = JSON.parse(readFileSync(file, 'utf8')) as { what: string; text: string; plain: string }[];

it.each(cases)('$what', ({ text, plain: shown }) => {
  expect(plain(text)).toBe(shown);
});
