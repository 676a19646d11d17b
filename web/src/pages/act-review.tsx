import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, get, Unreachable } from '../api/client';
import { type PreviewOf, previewQuery } from '../api/queries';
import type { Account, Parameters, Preview, ProjectedPosition, Status } from '../api/types';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { formatAmount, readInteger } from '../lib/amount';
import type { Payload, UnsignedTransaction } from '../lib/codec/transaction';
import { count, shorten } from '../lib/format';
import { type Change, project, type Projected, projectedVotes } from '../lib/mechanism/projection';
import { amountOf } from '../lib/request/traps';
import { Amount, Failure, Foreign, Loaded, Notice } from '../ui/parts';
import { useWalletStore } from '../wallet/context';
import type { Sent } from '../wallet/outbox';
import { useOutbox } from '../wallet/outbox-runner';
import { seal, sendSealed } from '../wallet/send';
import { SignButton } from '../wallet/sign-button';
import type { Signer } from '../wallet/store';
import { saveUnsigned } from '../wallet/tx-file';
import { PositionChange } from './act-change';
import type { Draft } from './act-draft';
import { OwnNotes, PreviewNotes } from './act-notes';
import { Traps, useTraps } from './act-traps';
import { type Fee, FeeField, feeUnits, FIRST_FEE, useFeeChoices } from './fee-field';
import { PayloadFacts } from './signed-facts';

/** A signed transaction lives this long, if it does not get into a block. */
const LIFETIME_MS = 5 * 60_000;

/** In blocks. */
function lifetimeOf(parameters: Parameters): number {
  return Math.max(20, Math.ceil(LIFETIME_MS / Math.max(1, parameters.slot_ms)));
}

function isChange(payload: Payload): payload is Payload & Change {
  return ['lock', 'unlock', 'vote', 'withdraw'].includes(payload.kind);
}

/** The question to the node that a draft is; null if it has no such question. */
function previewOf(draft: Draft, units: bigint | null): PreviewOf | null {
  const first = draft.payloads[0];
  if (first === undefined) return null;
  const miner = draft.miner === null ? undefined : String(draft.miner.id);
  const fee = units?.toString();
  switch (first.kind) {
    case 'lock':
      return { request: 'lock', amount: first.amount.toString(), miner, fee };
    case 'unlock':
      return { request: 'unlock', amount: first.amount.toString(), fee };
    case 'vote':
      return { request: 'vote', miner, fee };
    case 'withdraw':
      return { request: 'withdraw', fee };
    case 'transfer':
      return { request: 'transfer', amount: first.amount.toString(), fee };
    case 'register':
      return { request: 'register', name: first.name, fee };
    case 'resign':
      return { request: 'resign', fee };
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
  const of = previewOf(draft, feeOfOne);
  const preview = useQuery({
    ...previewQuery(signer.address, of ?? { request: 'resign' }),
    enabled: of !== null,
  });
  const changes = draft.payloads.filter(isChange);
  const before = toProjected(preview.data === undefined ? account.projected : preview.data.before);
  const after = changes.reduce<Projected | null>(project, before);
  const disagrees =
    preview.data?.accepted === true &&
    !preview.isPlaceholderData &&
    changes.length > 0 &&
    (!same(after, toProjected(preview.data.after)) ||
      (preview.data.after != null && readInteger(preview.data.after.votes) !== projectedVotes(after)));
  const fees = (feeOfOne ?? 0n) * BigInt(draft.payloads.length);
  const left = readInteger(account.balance) - draft.spends - fees;
  const asked = useTraps({
    fee: feeOfOne ?? 0n,
    least: readInteger(parameters.min_fee),
    amount: amountOf(draft.payloads[0]),
    left: left < 0n ? null : left,
    keeps: changes.length > 0 ? after !== null : account.position != null || account.projected != null,
  });
  const ready =
    status?.chain.id === parameters.chain.id &&
    // The answer to an earlier question is none to this one.
    (of === null || (preview.data?.accepted === true && !preview.isPlaceholderData)) &&
    !disagrees &&
    feeOfOne !== null &&
    left >= 0n &&
    asked.clear;

  /** The transactions of the draft, with the account's next numbers. */
  const prepare = async (): Promise<UnsignedTransaction[]> => {
    const own = await get<Account>(`accounts/${signer.address}`);
    return draft.payloads.map((payload, index) => ({
      chain: parameters.chain.id,
      sender: signer.publicKey,
      nonce: BigInt(own.next_nonce) + BigInt(index),
      fee: feeOfOne ?? 0n,
      expiresAt: BigInt((status?.tip.height ?? 0) + lifetimeOf(parameters)),
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
            <PayloadFacts key={index} payload={payload} miner={draft.miner} />
          ))}
        </dd>
        <dt>{t.common.chain}</dt>
        <dd>
          <Foreign text={parameters.chain.name} />{' '}
          <span className="hash muted">{shorten(parameters.chain.id)}</span>
        </dd>
        <dt>{t.review.facts.sender}</dt>
        <dd>
          <span className="hash break">{signer.address}</span>
        </dd>
        <dt>{t.review.facts.nonce}</dt>
        <dd>{draft.payloads.map((_, index) => String(account.next_nonce + index)).join(', ')}</dd>
        <dt>{t.review.facts.expires}</dt>
        <dd>{t.review.expiresIn(count(lifetimeOf(parameters), t.locale))}</dd>
        {changes.length === 0 ? null : (
          <PositionChange
            before={before}
            after={after}
            preview={preview.data}
            account={account}
            draft={draft}
          />
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
          {left < 0n ? <span className="bad">{t.refusals.cannot_pay_fee}</span> : <Amount units={left} />}
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
        <BackRow draft={draft} parameters={parameters} preview={preview.data} />
      </dl>
      <OwnNotes draft={draft} account={account} />
      {of === null ? null : (
        <Loaded query={preview} lines={2}>
          {(data) => <PreviewNotes preview={data} draft={draft} disagrees={disagrees} />}
        </Loaded>
      )}
      {left < 0n ? null : <Traps asked={asked} />}
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

/** When what is given away now comes back. */
function BackRow({
  draft,
  parameters,
  preview,
}: {
  readonly draft: Draft;
  readonly parameters: Parameters;
  readonly preview: Preview | undefined;
}) {
  const t = useText();
  const text = backText(draft, parameters, preview, t);
  return text === null ? null : (
    <>
      <dt>{t.review.comesBack}</dt>
      <dd>{text}</dd>
    </>
  );
}

function backText(
  draft: Draft,
  parameters: Parameters,
  preview: Preview | undefined,
  t: Text,
): string | null {
  const deposit = formatAmount(readInteger(parameters.deposit), { group: ',' });
  switch (draft.action) {
    case 'lock':
      return t.review.back.lock;
    case 'unlock':
      return preview === undefined
        ? null
        : t.review.back.unlock(
            count(preview.effective_round, t.locale),
            count(preview.effective_height, t.locale),
          );
    case 'register':
      return t.review.back.register(deposit);
    case 'resign':
      return t.review.back.resign(deposit);
    case 'vote':
    case 'withdraw':
    case 'transfer':
    case 'update':
      return null;
  }
}
