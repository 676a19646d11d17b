import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiError, post } from '../api/client';
import { statusQuery, transactionQuery } from '../api/queries';
import type { TransactionSummary } from '../api/types';
import { useText } from '../i18n';
import { count } from '../lib/format';
import { Foreign, Notice, Sheet, TransactionLink } from '../ui/parts';

export interface Sent {
  readonly hash: string;
  /** The last height at which it may be included. */
  readonly expiresAt: number;
  /** The signed transaction, in hex: sent again while no node knows it. The same bytes can't count twice. */
  readonly encoding: string;
}

/** Signed, waiting, in a block, final: followed until it is. */
export function Progress({
  sent,
  onRestart,
}: {
  readonly sent: readonly Sent[];
  readonly onRestart: () => void;
}) {
  const t = useText();
  return (
    <Sheet title={t.act.sent}>
      <div className="stack">
        {sent.map((one) => (
          <Following key={one.hash} sent={one} />
        ))}
        <div className="row">
          <button type="button" className="button" onClick={onRestart}>
            {t.act.another}
          </button>
          <Link to="/position" className="button">
            {t.nav.position}
          </Link>
        </div>
      </div>
    </Sheet>
  );
}

const DONE_STEPS = { pending: 1, held: 1, included: 3, finalized: 4 } as const;
const RESEND_MS = 2000;

function Following({ sent }: { readonly sent: Sent }) {
  const t = useText();
  const status = useQuery(statusQuery);
  const query = useQuery({
    ...transactionQuery(sent.hash),
    refetchInterval: (state) => (state.state.data?.status === 'finalized' ? false : 700),
  });
  const summary: TransactionSummary | undefined = query.data;
  const missing = query.error instanceof ApiError && query.error.status === 404;
  const expired = missing && summary?.height == null && (status.data?.tip.height ?? 0) > sent.expiresAt;
  const unknown = summary === undefined && !expired;
  const [refusal, setRefusal] = useState<string | null>(null);
  useEffect(() => {
    if (!unknown || refusal !== null) return undefined;
    let stopped = false;
    const send = () => {
      post('transactions', { transaction: sent.encoding }).catch((error: unknown) => {
        const refused = error instanceof ApiError && error.status < 500 && error.code !== 'already_pending';
        if (refused && !stopped) setRefusal(error.message);
      });
    };
    const timer = setInterval(send, RESEND_MS);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [unknown, refusal, sent.encoding]);
  const done = summary === undefined ? 1 : DONE_STEPS[summary.status];
  const steps = [
    t.act.steps.signed,
    summary?.status === 'held' ? t.transaction.status.held : t.act.steps.pending,
    t.act.steps.included,
    t.act.steps.finalized,
  ];
  const outcome = summary?.outcome;
  return (
    <div className="stack">
      <p className="row">
        {summary === undefined ? null : t.transaction.kinds[summary.payload.kind]}
        <TransactionLink hash={sent.hash} />
      </p>
      <ol className="steps" aria-live="polite">
        {steps.map((step, index) => {
          const isDone = index < done;
          const doing = index === done && !expired && refusal === null;
          return (
            <li key={index} className={isDone ? 'ok' : doing ? 'doing' : ''}>
              <span className="mark" aria-hidden="true">
                {isDone ? '✓' : ''}
              </span>
              <span>
                {step}
                {index === 2 && summary?.height != null ? (
                  <span className="detail"> {t.act.inBlock(count(summary.height, t.locale))}</span>
                ) : null}
              </span>
            </li>
          );
        })}
      </ol>
      {refusal === null || summary !== undefined ? null : (
        <Notice kind="bad">
          <Foreign text={t.common.refused(refusal)} />
        </Notice>
      )}
      {expired ? <Notice kind="warn">{t.act.expired}</Notice> : null}
      {outcome?.accepted === false ? (
        <Notice kind="bad">
          <Foreign text={t.act.refusedInBlock(outcome.refused?.message ?? '')} />
        </Notice>
      ) : null}
      {outcome?.accepted === true &&
      (outcome.effect.state === 'waiting' || outcome.effect.state === 'applied') ? (
        <Notice kind="good">{t.act.effectRound(count(outcome.effect.round, t.locale))}</Notice>
      ) : null}
    </div>
  );
}
