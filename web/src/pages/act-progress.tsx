/** Signed, waiting, in a block, final: what was sent is followed until it is, and can be sped up or cancelled while it waits. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '../router/link';
import { useState } from 'react';
import { ApiError } from '../api/client';
import { transactionQuery } from '../api/queries';
import type { TransactionSummary } from '../api/types';
import { useText } from '../i18n';
import { count } from '../lib/format';
import { refusalText } from '../lib/refusal';
import { Foreign, Notice, Sheet, TransactionLink } from '../ui/parts';
import { useWallet } from '../wallet/context';
import type { Kept, Sent } from '../wallet/outbox';
import { useKept, useOutbox } from '../wallet/outbox-runner';
import { Replace } from './act-replace';

export function Progress({
  sent,
  onRestart,
}: {
  readonly sent: readonly Sent[];
  readonly onRestart: () => void;
}) {
  const t = useText();
  const kept = useKept();
  // A transaction that took the place of one sent here belongs here, too.
  const numbers = new Set(sent.map((one) => one.nonce));
  const shown = kept.filter((one) => one.sent.sender === sent[0]?.sender && numbers.has(one.sent.nonce));
  return (
    <Sheet title={t.act.sent}>
      <div className="stack">
        {shown.map((one) => (
          <Following key={one.sent.hash} kept={one} />
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

/** What the wallet in use has sent and what is not final yet, after a reload or from another page. */
export function UnderWay() {
  const t = useText();
  const { active } = useWallet();
  const outbox = useOutbox();
  const kept = useKept().filter((one) => one.sent.sender === active?.address && one.fate !== 'superseded');
  if (kept.length === 0) return null;
  const final = kept.filter((one) => one.fate === 'final');
  const over = final.length === kept.length;
  return (
    <Sheet title={over ? t.act.isFinal : t.act.underWay}>
      <div className="stack">
        {kept.map((one) => (
          <div key={one.sent.hash} className="stack">
            <Following kept={one} brief={one.fate === 'final'} />
            {one.fate === 'waiting' || one.fate === 'final' ? null : (
              <button type="button" className="link-button" onClick={() => outbox.forget(one.sent.hash)}>
                {t.act.forget}
              </button>
            )}
          </div>
        ))}
        {final.length === 0 ? null : (
          <button
            type="button"
            className="link-button"
            onClick={() => final.forEach((one) => outbox.forget(one.sent.hash))}
          >
            {t.act.forgetFinal}
          </button>
        )}
      </div>
    </Sheet>
  );
}

const DONE_STEPS = { pending: 1, held: 1, included: 3, finalized: 4 } as const;

/** `brief` leaves the steps out: all of them are done. */
function Following({ kept, brief = false }: { readonly kept: Kept; readonly brief?: boolean }) {
  const t = useText();
  const { sent, fate } = kept;
  const { active } = useWallet();
  const query = useQuery({ ...transactionQuery(sent.hash), retry: false });
  // What the node said last counts: it may have lost what it knew.
  const lost = query.error instanceof ApiError && query.error.status === 404;
  const summary: TransactionSummary | undefined = lost ? undefined : query.data;
  const done = summary === undefined ? 1 : DONE_STEPS[summary.status];
  const steps = [
    t.act.steps.signed,
    summary?.status === 'held' ? t.transaction.status.held : t.act.steps.pending,
    t.act.steps.included,
    t.act.steps.finalized,
  ];
  const outcome = summary?.outcome;
  const effect =
    outcome?.accepted === true && (outcome.effect.state === 'waiting' || outcome.effect.state === 'applied')
      ? t.act.effectRound(count(outcome.effect.round, t.locale))
      : null;
  const waits = fate === 'waiting' && done < 3;
  return (
    <div className="stack">
      <p className="row">
        {query.data === undefined ? null : t.transaction.kinds[query.data.payload.kind]}
        <TransactionLink hash={sent.hash} />
        {brief ? <span className="tag good">{t.transaction.status.finalized}</span> : null}
        {brief && effect !== null ? <span className="small">{effect}</span> : null}
      </p>
      {fate === 'superseded' ? (
        <Notice>{t.act.superseded}</Notice>
      ) : brief ? null : (
        <ol className="steps" aria-live="polite">
          {steps.map((step, index) => {
            const isDone = index < done;
            const doing = index === done && fate === 'waiting';
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
      )}
      {kept.resent > 0 && fate !== 'superseded' ? (
        <Notice kind="warn">{t.act.resent(kept.resent)}</Notice>
      ) : null}
      {kept.refusal === null ? null : (
        <Notice kind="bad">
          <Foreign text={refusalText(kept.refusal, t)} />
        </Notice>
      )}
      {fate === 'refused' ? (
        <Notice kind="warn">{t.act.stillCounts(sent.hash, count(sent.expiresAt, t.locale))}</Notice>
      ) : null}
      {fate === 'expired' ? <Notice kind="warn">{t.act.expired}</Notice> : null}
      {outcome?.accepted === false ? (
        <Notice kind="bad">
          <Foreign
            text={t.act.refusedInBlock(outcome.refused == null ? '' : refusalText(outcome.refused, t))}
          />
        </Notice>
      ) : null}
      {brief || effect === null ? null : <Notice kind="good">{effect}</Notice>}
      {waits && active !== null && active.kind !== 'watch' && active.address === sent.sender ? (
        <ReplaceButtons sent={sent} />
      ) : null}
    </div>
  );
}

function ReplaceButtons({ sent }: { readonly sent: Sent }) {
  const t = useText();
  const { active } = useWallet();
  const [how, setHow] = useState<'faster' | 'cancel' | null>(null);
  if (active === null || active.kind === 'watch') return null;
  if (how !== null) return <Replace sent={sent} signer={active} how={how} onClose={() => setHow(null)} />;
  return (
    <div className="row">
      <button type="button" className="button small" onClick={() => setHow('faster')}>
        {t.act.faster}
      </button>
      <button type="button" className="button small" onClick={() => setHow('cancel')}>
        {t.act.cancelIt}
      </button>
    </div>
  );
}
