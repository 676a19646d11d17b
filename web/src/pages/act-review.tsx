import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, get, Unreachable } from '../api/client';
import { type PreviewOf, previewQuery } from '../api/queries';
import type { Account, Parameters, Preview, ProjectedPosition, Schema, Status } from '../api/types';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { readInteger } from '../lib/amount';
import { addressFromHash } from '../lib/address';
import type { Payload, UnsignedTransaction } from '../lib/codec/transaction';
import { count, percent, shorten } from '../lib/format';
import { refusalText } from '../lib/refusal';
import { type Change, project, type Projected, projectedVotes } from '../lib/mechanism/projection';
import { Amount, Failure, Foreign, Loaded, MinerLink, Notice, Votes } from '../ui/parts';
import { useWalletStore } from '../wallet/context';
import type { Sent } from '../wallet/outbox';
import { useOutbox } from '../wallet/outbox-runner';
import { seal, sendSealed } from '../wallet/send';
import { SignButton } from '../wallet/sign-button';
import type { Signer } from '../wallet/store';
import { saveUnsigned } from '../wallet/tx-file';
import type { Draft } from './act-draft';
import { type Fee, FeeField, feeUnits, FIRST_FEE, useFeeChoices } from './fee-field';

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
  const outbox = useOutbox();
  const [fee, setFee] = useState<Fee>(FIRST_FEE);
  const feeOfOne = feeUnits(fee, useFeeChoices(parameters));
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
  const fees = (feeOfOne ?? 0n) * BigInt(draft.payloads.length);
  const left = readInteger(account.balance) - draft.spends - fees;
  const ready =
    status?.chain.id === parameters.chain.id &&
    (of === null || preview.data?.accepted === true) &&
    !disagrees &&
    feeOfOne !== null &&
    left >= 0n;

  /** The transactions of the draft, with the account's next numbers. */
  const prepare = async (): Promise<UnsignedTransaction[]> => {
    const lifetime = Math.max(20, Math.ceil(LIFETIME_MS / Math.max(1, parameters.slot_ms)));
    const own = await get<Account>(`accounts/${signer.address}`);
    return draft.payloads.map((payload, index) => ({
      chain: parameters.chain.id,
      sender: signer.publicKey,
      nonce: BigInt(own.next_nonce) + BigInt(index),
      fee: feeOfOne ?? 0n,
      expiresAt: BigInt((status?.tip.height ?? 0) + lifetime),
      payload,
    }));
  };
  const doing = async (what: () => Promise<void>) => {
    setBusy(true);
    setFailure(null);
    try {
      await what();
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  const send = () =>
    doing(async () => {
      const signed: Sent[] = [];
      for (const unsigned of await prepare()) {
        signed.push(seal(unsigned, await store.sign(signer.address, unsigned), signer.address));
      }
      await sendSealed(signed, outbox);
      onSent(signed);
    });
  const save = () => doing(async () => saveUnsigned(await prepare()));

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
          <FeeField fee={fee} parameters={parameters} onChange={setFee} />
          {draft.payloads.length === 1 ? null : (
            <span className="small">
              {t.act.feeOfAll(String(draft.payloads.length))} <Amount units={fees} />
            </span>
          )}
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
        <SignButton
          signer={signer}
          label={busy ? t.act.signing : t.act.signSend}
          disabled={!ready || busy}
          onUnlocked={send}
        />
        <button type="button" className="button" onClick={onBack} disabled={busy}>
          {t.act.back}
        </button>
        <button
          type="button"
          className="link-button"
          disabled={!ready || busy}
          onClick={() => void save()}
          title={t.offline.saveHelp}
        >
          {t.offline.save}
        </button>
      </div>
    </div>
  );
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
          <span className="muted small">
            ({gainWhyText(preview, before?.timeGain === after?.timeGain, t)})
          </span>
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

/** Why the time gain is what it will be; a halving of 1 changes nothing. */
function gainWhyText(preview: Preview, unchanged: boolean, t: Text): string {
  const why = preview.time_gain_change;
  return why === 'halved' && unchanged ? t.act.gainWhy.none : t.act.gainWhy[why];
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
  const voted = draft.payloads.some((payload) => payload.kind === 'vote');
  // At a time gain of 1 there is nothing to halve.
  const halves = preview.before?.time_gain !== preview.after?.time_gain;
  const warnings = preview.warnings.filter((warning) => {
    if (warning === 'not_voting') return !voted;
    if (warning === 'switch_halves' || warning === 'withdraw_halves') return halves;
    return true;
  });
  return (
    <div className="stack">
      {preview.accepted ? null : (
        <Notice kind="bad">
          {t.act.refused}: <Foreign text={preview.refused == null ? '' : refusalText(preview.refused, t)} />
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
