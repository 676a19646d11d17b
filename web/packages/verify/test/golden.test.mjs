// The package as others get it, against the golden files that the Rust verifier is held to.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { checkRound, checkVotes, roundOf, votesRoundOf, walk } from 'etm-verify';

const vectors = new URL('../../../../vectors/', import.meta.url);
const load = (name) => JSON.parse(readFileSync(new URL(name, vectors), 'utf8'));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));

function trustOf({ genesis, first, roots }) {
  const rules = {
    chain: genesis.chain,
    committeeSize: genesis.committee,
    blocksPerRound: genesis.blocks,
    minCommittee: genesis.min_committee,
    daySeconds: BigInt(genesis.day_seconds ?? 0),
    timestampMs: BigInt(genesis.timestamp_ms ?? 0),
    beacon: genesis.beacon,
  };
  return {
    rules,
    at: (round) => ({ round, roots: [roots[round - first] ?? '', roots[round + 1 - first] ?? ''] }),
  };
}

const files = readdirSync(new URL('verify/', vectors)).filter((name) => name.endsWith('.json'));

for (const name of files) {
  test(`round of ${name}`, () => {
    const file = load(`verify/${name}`);
    const { rules, at } = trustOf(file);
    const evidence = bytes(file.evidence);
    const round = roundOf(evidence);
    const known =
      file.boundaries === undefined ? at(round) : walk(rules, at(file.first), bytes(file.boundaries));
    const outcome = checkRound(rules, known, evidence);
    assert.equal(outcome.holds, true, JSON.stringify(outcome.steps.at(-1)));
    assert.deepEqual(outcome.reading, file.reading);
    evidence[evidence.length - 1] ^= 1;
    const changed = checkRound(rules, known, evidence);
    assert.equal(changed.holds, false);
  });
}

test('votes and a position', () => {
  const file = load('votes/position.json');
  const { rules, at } = trustOf(file);
  const evidence = bytes(file.evidence);
  const asked = { miner: file.reading.miner.id, address: file.reading.position.address };
  const outcome = checkVotes(rules, at(votesRoundOf(evidence)), evidence, asked);
  assert.equal(outcome.holds, true, JSON.stringify(outcome.steps.at(-1)));
  assert.deepEqual(outcome.reading, file.reading);
});

test('there are golden files', () => assert.ok(files.length >= 8));
