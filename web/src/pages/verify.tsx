import { type ChangeEvent, type ReactNode, useState } from 'react';
import { getBytes, nodeUrl } from '../api/client';
import { useText } from '../i18n';
import type { Bytes } from '../lib/bytes';
import { count, instant, saveFile } from '../lib/format';
import type { CheckedRound } from '../lib/verify/reading';
import { sayFound } from '../lib/verify/found';
import { EVIDENCE_BYTES_MAX } from '../lib/verify/limits';
import { STEP_KEYS, type StepKey } from '../lib/verify/step-keys';
import type { Step } from '../lib/verify/steps';
import { Field } from '../ui/form';
import { Copyable, Foreign, Notice, Sheet } from '../ui/parts';
import { CHAIN, checks, useCrew } from './checking';
import { FaultText, MissingText } from './fault-text';
import { VerifiedRound } from './verified';
import { saveChain } from './verify-pins';
import type { Result, Seen, Source, Watch } from './verify-run';

interface Run {
  readonly state: 'idle' | 'running' | 'done' | 'stopped';
  readonly steps: ReadonlyMap<StepKey, Step>;
  readonly progress: string | null;
  readonly seen: Seen | null;
  readonly began: number | null;
  readonly result: Result | null;
}

const IDLE: Run = { state: 'idle', steps: new Map(), progress: null, seen: null, began: null, result: null };

const SOURCE: Omit<Source, 'address'> = {
  ...CHAIN,
  evidence: (round) => getBytes(`rounds/${round}/evidence`, {}, EVIDENCE_BYTES_MAX),
};

interface Props {
  readonly round: number;
  /** Told what a check read, and null when there is nothing (any more) that holds. */
  readonly onRead: (read: CheckedRound | null) => void;
}

export function VerifySheet(props: Props) {
  // Another round is another check.
  return <RoundCheck key={props.round} {...props} />;
}

function RoundCheck({ round, onRead }: Props) {
  const t = useText();
  const [run, setRun] = useState<Run>(IDLE);
  const [file, setFile] = useState<{ readonly name: string; readonly bytes: Bytes } | null>(null);
  const [problem, setProblem] = useState<ReactNode>(null);
  const crew = useCrew();

  const start = async () => {
    const { asks, isRunning } = crew.begin();
    const update = (change: (old: Run) => Run) => {
      if (isRunning()) setRun(change);
    };
    setRun({ ...IDLE, state: 'running' });
    onRead(null);
    const source = { ...SOURCE, address: nodeUrl() };
    const watch: Watch = {
      anchored: (seen) => update((old) => ({ ...old, seen })),
      step: (step) =>
        update((old) => ({ ...old, steps: new Map(old.steps).set(step.key, step), progress: null })),
      restarted: () =>
        update((old) => ({
          ...old,
          steps: new Map([...old.steps].filter(([key]) => key === 'genesis')),
        })),
      walked: (done, all) =>
        update((old) => ({
          ...old,
          progress: t.verify.progress(count(done, t.locale), count(all, t.locale)),
        })),
      began: (from) => update((old) => ({ ...old, began: from })),
    };
    const run = await checks(import('./verify-run'), t);
    const result = 'kind' in run ? run : await run.runCheck(source, asks, file?.bytes ?? round, watch);
    update((old) => ({ ...old, state: 'done', result }));
    if (!isRunning()) return;
    crew.stop();
    onRead(result.kind === 'holds' ? result.reading : null);
  };
  const begin = () => void start();

  const readFile = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    event.target.value = '';
    if (chosen === undefined) return;
    setRun(IDLE);
    onRead(null);
    setProblem(null);
    if (chosen.size > EVIDENCE_BYTES_MAX) {
      setProblem(t.verify.badFile);
      return;
    }
    chosen.arrayBuffer().then(
      (bytes) => setFile({ name: chosen.name, bytes: new Uint8Array(bytes) }),
      () => setProblem(t.verify.badFile),
    );
  };

  const save = () => {
    SOURCE.evidence(round).then(
      (bytes) => saveFile(`etm-round-${round}.evidence`, 'application/octet-stream', bytes),
      (error: unknown) => setProblem(<MissingText cause={error} />),
    );
  };

  return (
    <Sheet title={t.verify.title}>
      <div className="stack">
        <p className="muted">{t.verify.lead}</p>
        <div className="row">
          <button type="button" className="button primary" disabled={run.state === 'running'} onClick={begin}>
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
                crew.stop();
                setRun((old) => ({ ...old, state: 'stopped' }));
              }}
            >
              {t.verify.stop}
            </button>
          ) : null}
          <button type="button" className="button" onClick={save}>
            {t.verify.save}
          </button>
          <label className="button">
            {t.verify.load}
            <input type="file" accept=".evidence" className="visually-hidden" onChange={readFile} />
          </label>
        </div>
        {problem === null ? null : <Notice kind="bad">{problem}</Notice>}
        {file === null ? null : <Notice>{t.verify.loaded(file.name)}</Notice>}
        {run.state === 'idle' ? null : (
          <>
            <Steps run={run} />
            {run.state === 'stopped' ? <Notice kind="warn">{t.verify.cancelled}</Notice> : null}
            {run.result === null ? null : <Verdict result={run.result} />}
            {run.seen === null ? null : <AnchorNote seen={run.seen} began={run.began} onChange={begin} />}
            {run.result?.kind === 'holds' ? <Reading reading={run.result.reading} /> : null}
            <p className="small muted">{t.verify.limits}</p>
          </>
        )}
      </div>
    </Sheet>
  );
}

function Steps({ run }: { readonly run: Run }) {
  const t = useText();
  const failed = [...run.steps.values()].some((step) => step.state === 'bad');
  const doing =
    run.state === 'running' && !failed ? (STEP_KEYS.find((key) => !run.steps.has(key)) ?? null) : null;
  return (
    <ol className="steps" aria-live="polite">
      {STEP_KEYS.map((key) => (
        <StepLine
          key={key}
          name={t.verify.steps[key]}
          step={run.steps.get(key)}
          doing={doing === key}
          progress={doing === key ? run.progress : null}
        />
      ))}
    </ol>
  );
}

function Verdict({ result }: { readonly result: Result }) {
  const t = useText();
  if (result.kind === 'fails') return <Notice kind="bad">{t.verify.failed}</Notice>;
  if (result.kind === 'incomplete') {
    return (
      <Notice kind="warn">
        {t.verify.incomplete}
        {t.marks.gap}
        <MissingText cause={result.cause} />
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

/** What is trusted and from where, and a way to give the chain id from elsewhere. */
function AnchorNote({
  seen,
  began,
  onChange,
}: {
  readonly seen: Seen;
  readonly began: number | null;
  readonly onChange: () => void;
}) {
  const t = useText();
  const [typed, setTyped] = useState('');
  const [differs, setDiffers] = useState(false);
  const { chain, anchor } = seen;
  const trust = (given: boolean) => {
    saveChain(nodeUrl(), { chain, since: Date.now(), given });
    onChange();
  };
  let note: ReactNode = null;
  if (anchor.kind === 'other') {
    note = (
      <Notice kind="bad">
        <p>{t.verify.anchor.other(instant(anchor.known.since, t.locale))}</p>
        <p className="hash break">{anchor.known.chain}</p>
        <button type="button" className="button" onClick={() => trust(false)}>
          {t.verify.anchor.trustOther}
        </button>
      </Notice>
    );
  }
  return (
    <div className="stack">
      {note}
      <p className="small">
        {t.verify.chainId}
        {t.marks.colon}
        <Copyable text={chain} />{' '}
        {began === null
          ? null
          : began === 0
            ? t.verify.anchor.genesis
            : t.verify.anchor.began(count(began, t.locale))}
      </p>
      {anchor.kind === 'given' ? null : (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            const same = typed.trim().toLowerCase() === chain;
            setDiffers(!same);
            if (same) trust(true);
          }}
        >
          <Field label={t.verify.anchor.elsewhere}>
            {(props) => (
              <span className="input-row">
                <input
                  {...props}
                  spellCheck={false}
                  autoComplete="off"
                  maxLength={80}
                  value={typed}
                  onChange={(event) => setTyped(event.target.value)}
                />
                <button type="submit" className="button" disabled={typed.trim() === ''}>
                  {t.verify.anchor.compare}
                </button>
              </span>
            )}
          </Field>
        </form>
      )}
      {differs ? <Notice kind="bad">{t.verify.anchor.differs}</Notice> : null}
    </div>
  );
}

function Reading({ reading }: { readonly reading: CheckedRound }) {
  const t = useText();
  const save = () =>
    saveFile(`etm-round-${reading.round}.json`, 'application/json', JSON.stringify(reading, null, 1));
  return (
    <>
      <VerifiedRound reading={reading} />
      <div className="row">
        <button type="button" className="button" onClick={save}>
          {t.verify.saveReading}
        </button>
      </div>
    </>
  );
}

/** What a step found or what differs, in the reader's words. */
function Detail({ step }: { readonly step: Step }) {
  const t = useText();
  if (step.state === 'bad') return <FaultText fault={step.fault} />;
  return <Foreign text={step.found === undefined ? step.detail : sayFound(step.found, t.verify.found)} />;
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
  const state = step?.state ?? (doing ? 'doing' : '');
  const mark = step === undefined ? '' : { ok: '✓', bad: '✗' }[step.state];
  const said = step === undefined ? '' : { ok: t.verify.ok, bad: t.verify.bad }[step.state];
  return (
    <li className={state} data-step={step?.state ?? 'open'}>
      <span className="mark" aria-hidden="true">
        {mark}
      </span>
      <span>
        {name} <span className="visually-hidden">{said}</span>
        <div className="detail">
          {step === undefined ? <Foreign text={progress ?? ''} /> : <Detail step={step} />}
        </div>
      </span>
    </li>
  );
}
