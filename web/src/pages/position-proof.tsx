/** "Prove my votes": that the state the committee signed holds this position, in one of its miner's cohorts. */

import { type ReactNode, useState } from 'react';
import { getBytes, nodeUrl } from '../api/client';
import { useText } from '../i18n';
import { count, duration, instant, percent } from '../lib/format';
import type { CheckedVotes } from '../lib/verify/votes';
import { VOTES_BYTES_MAX } from '../lib/verify/limits';
import { Amount, Copyable, Fact, MinerLink, Notice, Votes } from '../ui/parts';
import { CHAIN, checks, useCrew } from './checking';
import { FaultText, MissingText } from './fault-text';
import { isOld } from './position-age';
import type { Seen } from './verify-run';
import type { VotesResult, VotesSource, VotesWatch } from './verify-votes-run';

const SOURCE: Omit<VotesSource, 'address'> = {
  ...CHAIN,
  votes: ({ miner, address }) => getBytes(`proofs/votes/${miner}`, { address }, VOTES_BYTES_MAX),
};

interface Run {
  readonly progress: string | null;
  readonly seen: Seen | null;
  readonly result: VotesResult | null;
  /** When it was there, by this device's clock. */
  readonly at: number;
}

const NOTHING: Run = { progress: null, seen: null, result: null, at: 0 };

export function PositionProof({ address, miner }: { readonly address: string; readonly miner: number }) {
  // Another position, or another vote, is another proof.
  return <Proof key={`${address} ${miner}`} address={address} miner={miner} />;
}

function Proof({ address, miner }: { readonly address: string; readonly miner: number }) {
  const t = useText();
  const [run, setRun] = useState<Run | null>(null);
  const crew = useCrew();
  const start = async () => {
    const { asks, isRunning } = crew.begin();
    const update = (change: Partial<Run>) => {
      if (isRunning()) setRun((old) => ({ ...NOTHING, ...old, ...change }));
    };
    setRun(NOTHING);
    const source = { ...SOURCE, address: nodeUrl() };
    const watch: VotesWatch = {
      anchored: (seen) => update({ seen }),
      walked: (done, all) =>
        update({ progress: t.verify.progress(count(done, t.locale), count(all, t.locale)) }),
    };
    const proof = await checks(import('./verify-votes-run'), t);
    const result = 'kind' in proof ? proof : await proof.runVotes(source, asks, { miner, address }, watch);
    update({ result, at: Date.now() });
    if (isRunning()) crew.stop();
  };
  const running = run !== null && run.result === null;
  return (
    <div className="stack">
      <p className="muted">{t.proof.lead}</p>
      <div className="row" role="status">
        <button type="button" className="button" disabled={running} onClick={() => void start()}>
          {running ? t.verify.running : t.proof.button}
        </button>
        {running && run.progress !== null ? <span className="small">{run.progress}</span> : null}
      </div>
      {run?.result == null ? null : <Verdict result={run.result} />}
      {run?.result?.kind === 'holds' ? <Reading {...run.result} at={run.at} /> : null}
      {run?.seen == null ? null : (
        <p className="small">
          {t.verify.chainId}
          {t.marks.colon}
          <Copyable text={run.seen.chain} />
        </p>
      )}
    </div>
  );
}

function Verdict({ result }: { readonly result: VotesResult }): ReactNode {
  const t = useText();
  if (result.kind === 'incomplete') {
    return (
      <Notice kind="warn">
        {t.proof.incomplete}
        {t.marks.gap}
        <MissingText cause={result.cause} />
      </Notice>
    );
  }
  if (result.kind === 'fails') {
    return (
      <Notice kind="bad">
        {t.proof.fails}
        {t.marks.gap}
        {t.proof.steps[result.step]}
        {t.marks.colon}
        <FaultText fault={result.fault} />
      </Notice>
    );
  }
  const { anchor } = result;
  if (anchor.kind === 'given') return <Notice kind="good">{t.verify.verdict.given}</Notice>;
  if (anchor.kind === 'pinned') {
    return <Notice kind="good">{t.verify.verdict.pinned(instant(anchor.since, t.locale))}</Notice>;
  }
  return <Notice kind="warn">{t.verify.verdict.node}</Notice>;
}

interface ReadingProps {
  readonly reading: CheckedVotes;
  readonly slotMs: number;
  readonly at: number;
}

/** What the proof read: nothing in here comes from anywhere but its output. */
export function Reading({ reading, slotMs, at }: ReadingProps) {
  const t = useText();
  const { position } = reading;
  if (position === null) return null;
  const share = (BigInt(position.votes) * 1_000_000_000n) / (BigInt(reading.votes) || 1n);
  return (
    <section className="stack" aria-label={t.proof.proved} data-proved={reading.height}>
      <p>
        {t.proof.asOf(
          count(reading.height, t.locale),
          String(reading.signers.length),
          count(reading.round, t.locale),
        )}
        {t.marks.gap}
        {t.proof.madeAt(instant(reading.timestamp_ms, t.locale))}
      </p>
      {isOld(reading.timestamp_ms, slotMs, at) ? (
        <Notice kind="warn">{t.proof.old(duration(at - reading.timestamp_ms, t.locale))}</Notice>
      ) : null}
      <dl className="facts">
        <Fact name={t.position.locked}>
          <Amount units={position.locked} />
        </Fact>
        <Fact name={t.position.gainNow}>{position.time_gain}</Fact>
        <Fact name={t.position.votesNow} note={t.position.shareOf(percent(Number(share)))}>
          <Votes raw={position.votes} />
        </Fact>
        <Fact name={t.position.votesFor}>
          <MinerLink miner={reading.miner} />
        </Fact>
        <Fact name={t.proof.sum} note={t.proof.cohorts(String(reading.cohorts.length))}>
          <Votes raw={reading.votes} />
        </Fact>
      </dl>
      <p className="small muted">{t.proof.limits}</p>
    </section>
  );
}
