import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, get, post, Unreachable } from '../api/client';
import { type PreviewOf, previewQuery } from '../api/queries';
import type {
  Account,
  Parameters,
  Preview,
  ProjectedPosition,
  Schema,
  Status,
  SubmitResponse,
} from '../api/types';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { addressFromHash } from '../lib/address';
import { toHex } from '../lib/bytes';
import {
  encodeTransaction,
  type Payload,
  transactionHash,
  type UnsignedTransaction,
} from '../lib/codec/transaction';
import { count, percent, shorten } from '../lib/format';
import { type Change, project, type Projected, projectedVotes } from '../lib/mechanism/projection';
import { Amount, Failure, Foreign, Loaded, MinerLink, Notice, Votes } from '../ui/parts';
import { useWallet, useWalletStore } from '../wallet/context';
import { PasswordDialog } from '../wallet/password-dialog';
import type { Signer } from '../wallet/store';
import type { Draft } from './act-draft';
import type { Sent } from './act-progress';

/** A signed transaction lives this long, if it does not get into a block. */
const LIFETIME_MS = 5 * 60_000;

function isChange(payload: Payload): payload is Payload & Change {
  return ['lock', 'unlock', 'vote', 'withdraw'].includes(payload.kind);
}

function previewOf(draft: Draft): PreviewOf | null {
  const first = draft.payloads[0];
  if (first === undefined) return null;
  const miner = draft.miner === null ? undefined : String(draft.miner.id);
  switch (first.kind) {
    case 'lock':
      return { request: 'lock', amount: first.amount.toString(), miner };
    case 'unlock':
      return { request: 'unlock', amount: first.amount.toString() };
    case 'vote':
      return { request: 'vote', miner };
    case 'withdraw':
      return { request: 'withdraw' };
    case 'transfer':
      return { request: 'transfer', amount: first.amount.toString() };
    case 'register':
      return { request: 'register' };
    case 'resign':
      return { request: 'resign' };
    case 'update':
    case 'heartbeat':
      return null;
  }
}

function toProjected(position: ProjectedPosition | null | undefined): Projected | null {
  return position == null
    ? null
    : {
        locked: readInteger(position.locked),
        timeGain: position.time_gain,
        miner: position.miner?.id ?? null,
      };
}

function same(left: Projected | null, right: Projected | null): boolean {
  if (left === null || right === null) return left === right;
  return left.locked === right.locked && left.timeGain === right.timeGain && left.miner === right.miner;
}

export function Review({
  draft,
  signer,
  account,
  parameters,
  status,
  onBack,
  onSent,
}: {
  readonly draft: Draft;
  readonly signer: Signer;
  readonly account: Account;
  readonly parameters: Parameters;
  readonly status: Status | undefined;
  readonly onBack: () => void;
  readonly onSent: (sent: readonly Sent[]) => void;
}) {
  const t = useText();
  const store = useWalletStore();
  const { unlocked } = useWallet();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const of = previewOf(draft);
  const preview = useQuery({
    ...previewQuery(signer.address, of ?? { request: 'resign' }),
    enabled: of !== null,
  });
  const changes = draft.payloads.filter(isChange);
  const before = toProjected(preview.data === undefined ? account.projected : preview.data.before);
  const after = changes.reduce<Projected | null>(project, before);
  const disagrees =
    preview.data?.accepted === true &&
    changes.length > 0 &&
    (!same(after, toProjected(preview.data.after)) ||
      (preview.data.after != null && readInteger(preview.data.after.votes) !== projectedVotes(after)));
  const fee = readInteger(parameters.min_fee) * BigInt(draft.payloads.length);
  const left = readInteger(account.balance) - draft.spends - fee;
  const ready =
    status?.chain.id === parameters.chain.id &&
    (of === null || preview.data?.accepted === true) &&
    !disagrees &&
    left >= 0n;

  const send = async () => {
    if (status === undefined) return;
    setBusy(true);
    setFailure(null);
    try {
      const lifetime = Math.max(20, Math.ceil(LIFETIME_MS / Math.max(1, parameters.slot_ms)));
      const own = await get<Account>(`accounts/${signer.address}`);
      const signed = draft.payloads.map((payload, index): Sent => {
        const unsigned: UnsignedTransaction = {
          chain: parameters.chain.id,
          sender: signer.publicKey,
          nonce: BigInt(own.next_nonce) + BigInt(index),
          fee: readInteger(parameters.min_fee),
          expiresAt: BigInt(status.tip.height + lifetime),
          payload,
        };
        const encoding = encodeTransaction(store.sign(signer.address, unsigned));
        return {
          hash: transactionHash(encoding),
          expiresAt: Number(unsigned.expiresAt),
          encoding: toHex(encoding),
        };
      });
      for (const [index, one] of signed.entries()) {
        try {
          await submit(one);
        } catch (error) {
          // Refused before anything was sent: nothing happened, and the form can be changed. In all other cases some
          // of it may have arrived: what was signed is followed, and sent again, rather than signed anew.
          if (error instanceof ApiError && error.status < 500 && index === 0) throw error;
          break;
        }
      }
      onSent(signed);
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  const start = () => {
    if (unlocked === signer.address) void send();
    else setAsking(true);
  };

  return (
    <div className="stack">
      <h2>{t.act.reviewTitle}</h2>
      <dl className="change">
        <dt>{t.act.what}</dt>
        <dd>
          {draft.payloads.map((payload, index) => (
            <div key={index}>
              <PayloadText payload={payload} draft={draft} />
            </div>
          ))}
        </dd>
        <dt>{t.common.chain}</dt>
        <dd>
          <Foreign text={parameters.chain.name} />{' '}
          <span className="hash muted">{shorten(parameters.chain.id)}</span>
        </dd>
        {changes.length === 0 ? null : (
          <PositionChange before={before} after={after} preview={preview.data} draft={draft} />
        )}
        <dt>{t.act.feeRow}</dt>
        <dd>
          <Amount units={fee} />
        </dd>
        <dt>{t.act.balanceAfter}</dt>
        <dd>
          <Amount units={left} />
        </dd>
        <dt>{t.act.effect}</dt>
        <dd>
          {preview.data === undefined || draft.action === 'transfer' || draft.action === 'update'
            ? t.act.effectNow
            : t.act.effectAt(
                count(preview.data.effective_round, t.locale),
                count(preview.data.effective_height, t.locale),
              )}
        </dd>
      </dl>
      {of === null ? null : (
        <Loaded query={preview} lines={2}>
          {(data) => <PreviewNotes preview={data} draft={draft} disagrees={disagrees} />}
        </Loaded>
      )}
      {failure === null ? null : failure instanceof ApiError || failure instanceof Unreachable ? (
        <Failure error={failure} />
      ) : (
        <Notice kind="bad">{failure instanceof Error ? failure.message : t.common.broken}</Notice>
      )}
      <div className="row">
        <button type="button" className="button primary" disabled={!ready || busy} onClick={start}>
          {busy ? t.act.signing : t.act.signSend}
        </button>
        <button type="button" className="button" onClick={onBack} disabled={busy}>
          {t.act.back}
        </button>
      </div>
      {asking ? (
        <PasswordDialog
          title={t.wallet.unlockTitle(signer.label)}
          action={t.act.signSend}
          onPassword={async (password) => {
            await store.unlock(signer, password);
            setAsking(false);
            await send();
          }}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </div>
  );
}

/** Sends a signed transaction. Sending it again is harmless: the same bytes are the same transaction. */
async function submit(sent: Sent): Promise<void> {
  try {
    await post<SubmitResponse>('transactions', { transaction: sent.encoding });
  } catch (error) {
    if (error instanceof ApiError && error.code === 'already_pending') return;
    throw error;
  }
}

function PayloadText({ payload, draft }: { readonly payload: Payload; readonly draft: Draft }) {
  const t = useText();
  switch (payload.kind) {
    case 'lock':
    case 'unlock':
      return (
        <>
          {t.act.tabs[payload.kind]} <Amount units={payload.amount} />
        </>
      );
    case 'transfer':
      return (
        <>
          {t.act.tabs.transfer} <Amount units={payload.amount} /> →{' '}
          <span className="hash break">{addressFromHash(payload.recipient)}</span>
          {payload.memo === '' ? null : (
            <>
              {' '}
              „<Foreign text={payload.memo} />“
            </>
          )}
        </>
      );
    case 'vote':
      return (
        <>
          {t.act.tabs.vote}: <MinerLink miner={draft.miner} /> <span className="muted">#{payload.miner}</span>
        </>
      );
    case 'register':
      return (
        <>
          {t.act.tabs.register}: <Foreign text={payload.name} />, {t.act.depositRow}{' '}
          <Amount units={draft.spends} />
        </>
      );
    case 'update':
      return <>{t.act.tabs.update}</>;
    case 'withdraw':
      return <>{t.act.tabs.withdraw}</>;
    case 'resign':
      return <>{t.act.tabs.resign}</>;
    case 'heartbeat':
      return null;
  }
}

function PositionChange({
  before,
  after,
  preview,
  draft,
}: {
  readonly before: Projected | null;
  readonly after: Projected | null;
  readonly preview: Preview | undefined;
  readonly draft: Draft;
}) {
  const t = useText();
  const minerName = (id: number | null | undefined, position: ProjectedPosition | null | undefined) => {
    if (id == null) return <span className="muted">{t.common.nobody}</span>;
    if (draft.miner?.id === id) return <MinerLink miner={draft.miner} />;
    return position?.miner?.id === id ? <MinerLink miner={position.miner} /> : <>#{id}</>;
  };
  const arrow = (
    <span className="arrow" aria-label="→">
      →
    </span>
  );
  return (
    <>
      <dt>{t.act.minerChange}</dt>
      <dd>
        {minerName(before?.miner, preview?.before)}
        {arrow}
        {minerName(after?.miner, preview?.after)}
      </dd>
      <dt>{t.act.lockedChange}</dt>
      <dd>
        <Amount units={before?.locked ?? 0n} />
        {arrow}
        <Amount units={after?.locked ?? 0n} />
      </dd>
      <dt>{t.act.gainChange}</dt>
      <dd>
        {before?.timeGain ?? t.common.none}
        {arrow}
        <strong>{after?.timeGain ?? t.common.none}</strong>{' '}
        {preview === undefined ? null : (
          <span className="muted small">({t.act.gainWhy[preview.time_gain_change]})</span>
        )}
      </dd>
      <dt>{t.act.votesChange}</dt>
      <dd>
        <Votes raw={projectedVotes(before)} />
        {arrow}
        <Votes raw={projectedVotes(after)} />
      </dd>
      {preview?.miners.map((effect) => (
        <ChanceRow key={effect.miner.id} effect={effect} />
      ))}
    </>
  );
}

function ChanceRow({ effect }: { readonly effect: Schema<'PreviewMiner'> }) {
  const t = useText();
  return (
    <>
      <dt>
        <Foreign text={t.act.minerEffect(effect.miner.name)} />
      </dt>
      <dd>
        {percent(effect.inclusion_before_ppb)}
        <span className="arrow" aria-label="→">
          →
        </span>
        {percent(effect.inclusion_after_ppb)}
      </dd>
    </>
  );
}

function PreviewNotes({
  preview,
  draft,
  disagrees,
}: {
  readonly preview: Preview;
  readonly draft: Draft;
  readonly disagrees: boolean;
}) {
  const t = useText();
  const warnings = preview.warnings.filter(
    (warning) => warning !== 'not_voting' || !draft.payloads.some((payload) => payload.kind === 'vote'),
  );
  return (
    <div className="stack">
      {preview.accepted ? null : (
        <Notice kind="bad">
          {t.act.refused}: <Foreign text={preview.refused?.message ?? ''} />
        </Notice>
      )}
      {disagrees ? <Notice kind="bad">{t.act.disagrees}</Notice> : null}
      {warnings.map((warning) => (
        <Notice key={warning} kind="warn">
          {t.act.warnings[warning]}
        </Notice>
      ))}
    </div>
  );
}
