import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiError, Unreachable } from '../api/client';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { WrongPassword } from './crypto/vault';
import { failureText, isMendedByReload, refusalText, Said } from './refusal';

it('every code of a node has words of the reader’s', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../types/src/api/error.rs'), 'utf8');
  const codes = [...source.matchAll(/^ {4}\w+ = "(\w+)", [0-9]{3};$/gm)].map((found) => found[1] ?? '');
  expect(codes.length).toBeGreaterThan(40);
  for (const t of [en, zh]) {
    const own = codes.filter((code) =>
      failureText(new ApiError(400, code, 'the node’s words'), t).includes('the node’s words'),
    );
    // What only a node's own sender meets: the page sends no heartbeats, and takes what waits already as sent.
    expect(own.sort()).toEqual(['already_pending', 'heartbeat_too_early']);
  }
});

describe('a node of another version', () => {
  it.each([
    [400, 'invalid_body', 'unknown field `nonce`, expected one of `request`, `amount` at line 1 column 9'],
    [400, 'invalid_query', 'unknown field `nonce`, expected `q`'],
    [400, 'invalid_query', 'request: unknown variant `merge`, expected one of `lock`, `unlock`'],
    [400, 'invalid_query', 'amount is needed'],
    [400, 'invalid_query', 'this route takes no parameters'],
    [400, 'malformed_transaction', 'payload tag at byte 91: 12 is no known tag'],
    [404, 'route_not_found', 'there is no route /api/v1/newer'],
    [405, 'method_not_allowed', 'this route takes GET, not POST'],
    [415, 'unsupported_media_type', 'the body must be JSON'],
  ])('is said to be one, without what its programmers call things: %i %s %s', (status, code, message) => {
    const error = new ApiError(status, code, message);
    for (const t of [en, zh]) {
      expect(failureText(error, t)).toBe(t.common.versions);
      expect(refusalText(error, t)).toBe(t.common.versions);
    }
    expect(isMendedByReload(error)).toBe(true);
  });

  it('is thought of where an answer breaks the page, or a part of the page is gone', () => {
    for (const error of [
      new TypeError('x is undefined'),
      new TypeError('Failed to fetch dynamically imported module'),
    ]) {
      expect(failureText(error, en)).toMatch(/may be of different versions/);
      expect(failureText(error, zh)).toMatch(/版本可能不同/);
      expect(isMendedByReload(error)).toBe(true);
    }
  });

  it.each([
    [new ApiError(400, 'invalid_query', 'q must have 1 to 128 bytes'), /^The node does not take this: /],
    [new ApiError(418, 'teapot', 'short and stout'), /^The node says: short and stout/],
    [new ApiError(404, 'not_found', 'no block 9'), /^The node does not know it: it is not there, or not yet/],
    [new ApiError(422, 'no_vote', 'x'), /^The position votes for nobody/],
    [new Unreachable('x'), /^The node does not answer/],
    [new WrongPassword('x'), /^Wrong password/],
    [new Said('Nothing was signed'), /^Nothing was signed$/],
  ])('is not thought of where something else is wrong: %o', (error, said) => {
    expect(failureText(error, en)).toMatch(said);
    expect(isMendedByReload(error)).toBe(false);
  });
});
