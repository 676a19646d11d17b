import { type ChangeEvent, useEffect, useRef, useState } from 'react';
import { get } from '../api/client';
import type { BoundaryCertificate, Parameters, RoundReceipt, Schema } from '../api/types';
import { useText } from '../i18n';
import { count, saveFile } from '../lib/format';
import { toHex } from '../lib/bytes';
import { decodeCommittee } from '../lib/codec/block';
import type { TrustedCommittee } from '../lib/verify/chain';
import { type Step, STEP_KEYS, type StepKey, type Verdict, verdict } from '../lib/verify/steps';
import { ask, newWorker } from '../lib/verify/client';
import { fromHex } from '../lib/bytes';
import { Copyable, Notice, Sheet } from '../ui/parts';
import { loadPin, savePin } from './verify-pins';

interface Run {
  readonly state: 'idle' | 'running' | 'done' | 'stopped';
  readonly steps: ReadonlyMap<StepKey, Step>;
  readonly doing: StepKey | null;
  readonly progress: string | null;
  readonly anchor: string | null;
}

const IDLE: Run = { state: 'idle', steps: new Map(), doing: null, progress: null, anchor: null };
/** Boundaries are fetched and checked in portions, so that a long walk can be watched and stopped. */
const PORTION = 16;

export function VerifySheet({
  round,
  receipt,
  parameters,
}: {
  readonly round: number;
  readonly receipt: RoundReceipt | undefined;
  readonly parameters: Parameters | undefined;
}) {
  const t = useText();
  const [run, setRun] = useState<Run>(IDLE);
  const [file, setFile] = useState<{ name: string; receipt: RoundReceipt } | null>(null);
  const [fileError, setFileError] = useState(false);
  const worker = useRef<Worker | null>(null);
  const stop = () => {
    worker.current?.terminate();
    worker.current = null;
  };
  useEffect(() => {
    setRun(IDLE);
    setFile(null);
    return stop;
  }, [round]);
  const checked = file?.receipt ?? receipt;

  const start = async () => {
    if (checked === undefined || parameters === undefined) return;
    stop();
    const own = newWorker();
    worker.current = own;
    const alive = () => worker.current === own;
    const update = (change: (old: Run) => Run) => {
      if (alive()) setRun(change);
    };
    const report = (step: Step) =>
      update((old) => {
        const steps = new Map(old.steps);
        // A step that was skipped or failed is not made green by a later word.
        if (!steps.has(step.key)) steps.set(step.key, step);
        const next = STEP_KEYS.find((key) => !steps.has(key)) ?? null;
        return { ...old, steps, doing: next, progress: null };
      });
    setRun({ ...IDLE, state: 'running', doing: 'genesis' });
    try {
      await check(own, checked, parameters.chain.id, report, alive, update, t);
    } catch (error) {
      update((old) => ({ ...old, progress: error instanceof Error ? error.message : String(error) }));
    }
    update((old) => ({ ...old, state: 'done', doing: null }));
    if (alive()) stop();
  };

  const readFile = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    event.target.value = '';
    if (chosen === undefined) return;
    setRun(IDLE);
    chosen.text().then(
      (text) => {
        const parsed = parseReceipt(text);
        setFileError(parsed === null);
        setFile(parsed === null ? null : { name: chosen.name, receipt: parsed });
      },
      () => setFileError(true),
    );
  };

  return (
    <Sheet title={t.verify.title}>
      <div className="stack">
        <p className="muted">{t.verify.lead}</p>
        <div className="row">
          <button
            type="button"
            className="button primary"
            disabled={checked === undefined || parameters === undefined || run.state === 'running'}
            onClick={() => void start()}
          >
            {run.state === 'running'
              ? t.verify.running
              : run.state === 'idle'
                ? t.verify.button
                : t.verify.again}
          </button>
          {run.state === 'running' ? (
            <button
              type="button"
              className="button"
              onClick={() => {
                stop();
                setRun((old) => ({ ...old, state: 'stopped', doing: null }));
              }}
            >
              {t.verify.stop}
            </button>
          ) : null}
          <button
            type="button"
            className="button"
            disabled={receipt === undefined}
            onClick={() =>
              saveFile(`etm-round-${round}.json`, 'application/json', JSON.stringify(receipt, null, 1))
            }
          >
            {t.verify.save}
          </button>
          <label className="button">
            {t.verify.load}
            <input
              type="file"
              accept="application/json,.json"
              className="visually-hidden"
              onChange={readFile}
            />
          </label>
        </div>
        {fileError ? <Notice kind="bad">{t.verify.badFile}</Notice> : null}
        {file === null ? null : <Notice>{t.verify.loaded(file.name)}</Notice>}
        {run.state === 'idle' ? null : (
          <>
            <ol className="steps" aria-live="polite">
              {STEP_KEYS.map((key) => (
                <StepLine
                  key={key}
                  name={t.verify.steps[key]}
                  step={run.steps.get(key)}
                  doing={run.doing === key}
                  progress={run.doing === key ? run.progress : null}
                />
              ))}
            </ol>
            {run.state === 'stopped' ? <Notice kind="warn">{t.verify.cancelled}</Notice> : null}
            {run.state === 'done' ? <VerdictNotice said={verdict(run.steps)} /> : null}
            <p className="small muted">{run.anchor}</p>
            {parameters === undefined ? null : (
              <p className="small">
                {t.verify.chainId}: <Copyable text={parameters.chain.id} /> {t.verify.compare}
              </p>
            )}
            <p className="small muted">{t.verify.limits}</p>
          </>
        )}
      </div>
    </Sheet>
  );
}

function VerdictNotice({ said }: { readonly said: Verdict }) {
  const t = useText();
  switch (said) {
    case 'holds':
      return <Notice kind="good">{t.verify.okAll}</Notice>;
    case 'incomplete':
      return <Notice kind="warn">{t.verify.incomplete}</Notice>;
    case 'fails':
      return <Notice kind="bad">{t.verify.failed}</Notice>;
  }
}

function StepLine({
  name,
  step,
  doing,
  progress,
}: {
  readonly name: string;
  readonly step: Step | undefined;
  readonly doing: boolean;
  readonly progress: string | null;
}) {
  const t = useText();
  const state = step === undefined ? (doing ? 'doing' : '') : step.state === 'skipped' ? '' : step.state;
  const mark = step === undefined ? '' : { ok: '✓', bad: '✗', skipped: '–' }[step.state];
  const said =
    step === undefined ? '' : { ok: t.verify.ok, bad: t.verify.bad, skipped: t.verify.skipped }[step.state];
  return (
    <li className={state} data-step={step?.state ?? 'open'}>
      <span className="mark" aria-hidden="true">
        {mark}
      </span>
      <span>
        {name} <span className="visually-hidden">{said}</span>
        <div className="detail">
          <bdi>{step === undefined ? progress : step.detail}</bdi>
        </div>
      </span>
    </li>
  );
}

function parseReceipt(text: string): RoundReceipt | null {
  try {
    const value = JSON.parse(text) as Partial<RoundReceipt> | null;
    const shaped =
      typeof value === 'object' &&
      value !== null &&
      typeof value.round === 'number' &&
      Array.isArray(value.headers) &&
      Array.isArray(value.committee) &&
      Array.isArray(value.pools) &&
      typeof value.draw === 'object' &&
      typeof value.certificate === 'object' &&
      typeof value.distribution === 'object' &&
      typeof value.lucky === 'object';
    return shaped ? (value as RoundReceipt) : null;
  } catch {
    return null;
  }
}

function boundaryOf(round: number): Promise<BoundaryCertificate | null> {
  if (round < 0) return Promise.resolve(null);
  return get<BoundaryCertificate>(`rounds/${round}/certificate`).catch(() => null);
}

/** The whole check: genesis, the walk, the round. */
async function check(
  worker: Worker,
  receipt: RoundReceipt,
  chain: string,
  report: (step: Step) => void,
  alive: () => boolean,
  update: (change: (old: Run) => Run) => void,
  t: ReturnType<typeof useText>,
): Promise<void> {
  const encoded = await get<Schema<'Genesis'>>('genesis');
  const founded = await ask(worker, { kind: 'genesis', canonical: encoded.canonical, chain }, report);
  if (founded.kind !== 'genesis') {
    report({ key: 'genesis', state: 'bad', detail: founded.kind === 'failed' ? founded.message : '' });
    return;
  }
  const { genesis } = founded;
  report({ key: 'genesis', state: 'ok', detail: `${genesis.name}, ${chain}` });

  const trusted = await walk(worker, receipt.round, chain, genesis, report, alive, update, t);
  if (!alive()) return;
  const [boundary, previous] = await Promise.all([boundaryOf(receipt.round), boundaryOf(receipt.round - 1)]);
  const done = await ask(
    worker,
    { kind: 'round', receipt, boundary, previous, genesis, chain, trusted },
    report,
  );
  if (done.kind === 'failed') report({ key: 'headers', state: 'bad', detail: done.message });
  if (done.kind === 'done' && done.announced !== null && boundary !== null) {
    savePin(chain, done.announced.round, boundary.committee_encoded);
  }
}

/** From genesis, or from what this browser verified before, to the committee of the round; null if the way is barred. */
async function walk(
  worker: Worker,
  round: number,
  chain: string,
  genesis: {
    committees: readonly [TrustedCommittee['members'], TrustedCommittee['members']];
    blocksPerRound: number;
  },
  report: (step: Step) => void,
  alive: () => boolean,
  update: (change: (old: Run) => Run) => void,
  t: ReturnType<typeof useText>,
): Promise<TrustedCommittee | null> {
  const pin = loadPin(chain, round);
  const parity = round % 2 === 0 ? 0 : 1;
  let trusted: TrustedCommittee = { round: parity, members: genesis.committees[parity] };
  let anchor = t.verify.anchor.genesis;
  if (pin !== null && pin.round > trusted.round) {
    trusted = { round: pin.round, members: decodeCommittee(fromHex(pin.committee)).members };
    anchor = t.verify.anchor.pinned(count(pin.round, t.locale));
  }
  const start = trusted.round;
  update((old) => ({ ...old, anchor }));
  while (trusted.round < round && alive()) {
    const wanted: number[] = [];
    for (let r = trusted.round; r < round && wanted.length < PORTION; r += 2) wanted.push(r);
    const boundaries = await Promise.all(wanted.map(boundaryOf));
    const known = boundaries.filter((boundary) => boundary !== null);
    if (known.length < wanted.length) {
      report({ key: 'chain', state: 'skipped', detail: `round ${wanted[known.length] ?? 0}` });
      update((old) => ({ ...old, anchor: t.verify.anchor.none }));
      return null;
    }
    const answer = await ask(
      worker,
      { kind: 'walk', chain, blocksPerRound: genesis.blocksPerRound, from: trusted, boundaries: known },
      report,
    );
    if (answer.kind !== 'walked') {
      report({ key: 'chain', state: 'bad', detail: answer.kind === 'failed' ? answer.message : '' });
      return null;
    }
    trusted = answer.trusted;
    const lastBoundary = known.at(-1);
    if (lastBoundary !== undefined) savePin(chain, trusted.round, lastBoundary.committee_encoded);
    const done = (trusted.round - start) / 2;
    update((old) => ({
      ...old,
      progress: t.verify.progress(count(done, t.locale), count((round - start) / 2, t.locale)),
    }));
  }
  const keys = trusted.members.map((member) => toHex(member.bls).slice(0, 8));
  report({
    key: 'chain',
    state: 'ok',
    detail: `${(round - start) / 2} certificates from round ${start}; ${keys.length} keys`,
  });
  return trusted;
}
