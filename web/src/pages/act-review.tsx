import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { get } from '../api/client';
import { accountQuery, previewQuery } from '../api/queries';
import type { Account, Parameters, Status } from '../api/types';
import { useText } from '../i18n';
import type { UnsignedTransaction } from '../lib/codec/transaction';
import { count, shorten } from '../lib/format';
import { Said } from '../lib/refusal';
import { countIn } from '../lib/mechanism/waiting';
import { Amount, Failure, Foreign, Loaded, Notice } from '../ui/parts';
import { useWalletStore } from '../wallet/context';
import type { Sent } from '../wallet/outbox';
import { useOutbox } from '../wallet/outbox-runner';
import { seal, sendSealed } from '../wallet/send';
import { SignButton } from '../wallet/sign-button';
import { noteSigned, payloadText, signedLately } from '../wallet/signed';
import type { Signer } from '../wallet/store';
import { saveUnsigned } from '../wallet/tx-file';
import { PositionChange } from './act-change';
import type { Draft } from './act-draft';
import { AHEAD, ownPosition, useHeld } from './act-held';
import { ownRequests } from './act-asked';
import { OwnNotes, PreviewNotes } from './act-notes';
import {
  backText,
  changesPosition,
  comesTo,
  lifetimeOf,
  mostHeight,
  previewOf,
  transactionsOf,
} from './act-request';
import { isOld } from './position-age';
import { HeldNote, NO_WORD, Traps, useTraps } from './act-traps';
import { type Fee, FeeField, feeUnits, FIRST_FEE, useFeeChoices } from './fee-field';
import { PayloadFacts } from './signed-facts';

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
  const queries = useQueryClient();
  const outbox = useOutbox();
  const [fee, setFee] = useState<Fee>(FIRST_FEE);
  const feeOfOne = feeUnits(fee, useFeeChoices(parameters, draft.payloads));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  /** What was signed and refused by the node, as it says. */
  const [refused, setRefused] = useState<Sent | null>(null);
  const of = previewOf(draft, feeOfOne, account.next_nonce);
  const preview = useQuery({
    ...previewQuery(signer.address, of ?? { request: 'resign' }),
    enabled: of !== null,
  });
  // The answer to an earlier question is none to this one.
  const answer = preview.isPlaceholderData ? undefined : preview.data;
  const counted = useMemo(() => countIn(account, parameters), [account, parameters]);
  const votes = draft.payloads.some((payload) => payload.kind === 'vote');
  const miner = votes ? draft.miner : null;
  const held = useHeld(
    parameters,
    miner,
    changesPosition(draft) ? ownPosition(account) : null,
    ownRequests(account),
  );
  const standing = held?.kind === 'holds' ? held.standing : null;
  const {
    before,
    after,
    best,
    worst,
    changes,
    disagrees,
    voteEnds,
    oddDays,
    seatOpen,
    accepted,
    fees,
    left,
    costs,
  } = comesTo(draft, {
    own: account,
    account: counted,
    seat: standing?.seat ?? (account.position?.miner == null ? { kind: 'none' } : { kind: 'unknown' }),
    parameters,
    preview: answer,
    shown: preview.data,
    fee: feeOfOne,
  });
  // The chain it was begun for: money of another may be worth something else.
  const [chain] = useState(parameters.chain.id);
  // What was signed in vain a moment ago may be in a block all the same.
  const signedBefore = signedLately(chain, signer.address, draft.payloads);
  // With what comes of it, but for a balance that grows while one looks.
  const reviewed = payloadText([
    parameters.chain.id,
    draft.payloads,
    feeOfOne,
    account.next_nonce,
    before,
    after,
  ]);
  const asked = useTraps(
    costs,
    {
      ...NO_WORD,
      unproved: [
        ...(held?.kind === 'holds' ? held.unproved : []),
        ...(voteEnds ? (['vote_ends'] as const) : []),
        ...(oddDays ? (['odd_days'] as const) : []),
        // Where nothing of the position is proved, that is said.
        ...(seatOpen && standing !== null ? (['seat_not_proved'] as const) : []),
      ],
      miner,
      dial: draft.keptDial,
      contact: draft.keptContact,
      before: signedBefore,
    },
    reviewed,
  );
  const ready =
    parameters.chain.id === chain &&
    status?.chain.id === parameters.chain.id &&
    (of === null || accepted) &&
    !disagrees &&
    held?.kind === 'holds' &&
    feeOfOne !== null &&
    left >= 0n &&
    asked.clear;

  /** What is signed: with the numbers that are shown, or not at all. */
  const prepare = async (): Promise<readonly UnsignedTransaction[]> => {
    const own = await get<Account>(`accounts/${signer.address}`);
    if (own.next_nonce !== account.next_nonce) {
      queries.setQueryData(accountQuery(signer.address).queryKey, own);
      throw new Said(t.review.changedMeanwhile);
    }
    // Another tab may have signed the very same meanwhile.
    if (signedLately(chain, signer.address, draft.payloads)?.hash !== signedBefore?.hash) {
      throw new Said(t.review.signedMeanwhile);
    }
    const tip = status?.tip ?? { height: 0, timestamp_ms: 0 };
    if (standing !== null && !parameters.chain.devnet) {
      // What was proved when the reader began to look may be old by now, and no chain is far ahead of it.
      const age = Math.max(0, Date.now() - standing.timestampMs);
      if (isOld(standing.timestampMs, parameters.slot_ms) && !asked.confirmed.has('old_state')) {
        throw new Said(t.review.oldState);
      }
      const most = standing.height + AHEAD + Math.ceil(age / parameters.slot_ms);
      if (tip.height > most) {
        throw new Said(t.review.noTime(count(tip.height, t.locale), count(most, t.locale)));
      }
    }
    const most = mostHeight(parameters, tip.timestamp_ms, Date.now());
    if (tip.height > most) {
      throw new Said(t.review.noTime(count(tip.height, t.locale), count(most, t.locale)));
    }
    // The round that the account is told of is the one whose beginning was proved, if any was.
    const next = (own.effective_round + 1) * parameters.blocks_per_round + AHEAD;
    if (tip.height > next) {
      throw new Said(t.review.otherRound(count(tip.height, t.locale), count(own.effective_round, t.locale)));
    }
    return transactionsOf(draft, {
      parameters,
      sender: signer.publicKey,
      nonce: own.next_nonce,
      fee: feeOfOne ?? 0n,
      tip: tip.height,
    });
  };
  const doing = async (what: () => Promise<void>) => {
    setBusy(true);
    setFailure(null);
    setRefused(null);
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
      // No chain has blocks faster than it has slots.
      const livesUntil = Date.now() + lifetimeOf(parameters) * parameters.slot_ms;
      for (const unsigned of await prepare()) {
        const signature = await store.sign(signer.address, unsigned);
        const sealed = seal(unsigned, signature, signer.address, livesUntil);
        noteSigned(unsigned.chain, signer.address, unsigned.payload, sealed.hash);
        signed.push(sealed);
      }
      setRefused(signed[0] ?? null);
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
        <dd>{draft.payloads.map((_, index) => String(account.next_nonce + index)).join(t.marks.list)}</dd>
        <dt>{t.review.expires}</dt>
        <dd>
          {t.review.expiresIn(
            count(lifetimeOf(parameters), t.locale),
            count((status?.tip.height ?? 0) + lifetimeOf(parameters), t.locale),
          )}
        </dd>
        {!changes ? null : (
          <PositionChange
            before={before}
            after={after}
            range={[best, worst]}
            preview={preview.data}
            account={counted}
            draft={draft}
          />
        )}
        <dt>{t.act.feeRow}</dt>
        <dd>
          <FeeField fee={fee} parameters={parameters} payloads={draft.payloads} onChange={setFee} />
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
          {draft.action === 'transfer' || draft.action === 'update'
            ? t.act.effectNow
            : t.act.effectAt(
                count(account.effective_round, t.locale),
                count(account.round_end.height, t.locale),
              )}
        </dd>
        <BackRow draft={draft} parameters={parameters} account={account} />
      </dl>
      <OwnNotes draft={draft} account={account} preview={preview.data} />
      {of === null ? null : (
        <Loaded query={preview} lines={2}>
          {(data) => <PreviewNotes preview={data} draft={draft} disagrees={disagrees} />}
        </Loaded>
      )}
      <HeldNote held={held} position={changes} />
      {parameters.chain.id === chain ? null : <Notice kind="bad">{t.review.otherChain}</Notice>}
      {left < 0n ? null : <Traps asked={asked} />}
      {failure === null ? null : <Failure error={failure} />}
      {failure === null || refused === null ? null : (
        <Notice kind="warn">{t.act.stillCounts(refused.hash, count(refused.expiresAt, t.locale))}</Notice>
      )}
      <div className="row">
        <SignButton
          signer={signer}
          label={busy ? t.act.signing : t.act.signSend}
          disabled={!ready || busy}
          reviewed={reviewed}
          onUnlocked={send}
          onChanged={() => setFailure(new Said(t.review.changedUnlocking))}
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
  account,
}: {
  readonly draft: Draft;
  readonly parameters: Parameters;
  readonly account: Account;
}) {
  const t = useText();
  const text = backText(draft, parameters, account, t);
  return text === null ? null : (
    <>
      <dt>{t.review.comesBack}</dt>
      <dd>{text}</dd>
    </>
  );
}
