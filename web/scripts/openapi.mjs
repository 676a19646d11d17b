// Generates src/api/schema.d.ts from the node's OpenAPI document. With --check
// nothing is written and a difference fails: the page's types can't drift.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../api/openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);

if (!existsSync(source)) {
  console.error('api/openapi.json is missing: it is written by the API crate.');
  process.exit(1);
}
const header = '// Generated from api/openapi.json by `npm run openapi`. Do not edit.\n\n';
const document = JSON.parse(readFileSync(source, 'utf8'));
// Only the shapes are wanted: the page asks its routes by hand.
document.paths = {};
const wanted = header + astToString(await openapiTS(document));
if (process.argv.includes('--check')) {
  const found = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (found !== wanted) {
    console.error('src/api/schema.d.ts differs from api/openapi.json: run `npm run openapi`.');
    process.exit(1);
  }
  console.log('src/api/schema.d.ts matches api/openapi.json.');
} else {
  writeFileSync(target, wanted);
}
