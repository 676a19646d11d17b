/** What to know before signing: what the chain would refuse, and what costs something. */

import { useQuery } from '@tanstack/react-query';
import { accountQuery } from '../api/queries';
import type { Account, Preview } from '../api/types';
import { useText } from '../i18n';
import { addressFromHash } from '../lib/address';
import { plain } from '../lib/plain';
import { refusalText } from '../lib/refusal';
import { Foreign, Notice } from '../ui/parts';
import type { Draft } from './act-draft';

export function PreviewNotes({
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
    // Asked about apart, with the figures; said of the account, with how many there are.
    return !['no_fee_left', 'pending_transactions', 'pending_requests'].includes(warning);
  });
  return (
    <div className="stack">
      {preview.accepted ? null : (
        <Notice kind="bad">
          {t.act.refused}
          {t.marks.colon}
          <Foreign text={preview.refused == null ? '' : refusalText(preview.refused, t)} />
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

/** What is to be known whatever the node foresees. What is counted in is said wherever either of its answers has any. */
export function OwnNotes({
  draft,
  account,
  preview,
}: {
  readonly draft: Draft;
  readonly account: Account;
  readonly preview: Preview | undefined;
}) {
  const t = useText();
  const [first] = draft.payloads;
  const waiting = Math.max(account.pending_transactions.length, preview?.waiting ?? 0);
  const accepted =
    account.pending_requests.length > 0 || preview?.warnings.includes('pending_requests') === true;
  return (
    <>
      {waiting === 0 ? null : <Notice kind="warn">{t.review.waiting(String(waiting))}</Notice>}
      {accepted ? <Notice kind="warn">{t.act.warnings.pending_requests}</Notice> : null}
      {first?.kind === 'transfer' ? <RecipientNote address={addressFromHash(first.recipient)} /> : null}
      {first?.kind === 'transfer' && plain(first.memo) !== first.memo ? (
        <Notice kind="warn">{t.review.memoUnseen}</Notice>
      ) : null}
      {draft.action === 'register' ? <Notice kind="warn">{t.review.needsNode}</Notice> : null}
    </>
  );
}

/** Checksums catch mistyped addresses, not wrong ones. */
function RecipientNote({ address }: { readonly address: string }) {
  const t = useText();
  const recipient = useQuery(accountQuery(address));
  return recipient.data?.exists === false ? <Notice kind="warn">{t.review.newRecipient}</Notice> : null;
}
