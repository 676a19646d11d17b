import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useId, useState } from 'react';
import { minerQuery } from '../api/queries';
import type { Account, Parameters } from '../api/types';
import { useText } from '../i18n';
import { formatAmount, readInteger } from '../lib/amount';
import { parseAddress } from '../lib/address';
import { utf8 } from '../lib/bytes';
import { isMemo, MEMO_BYTES_MAX } from '../lib/codec/transaction';
import { askOnce } from '../lib/verify/client';
import type { AddressSearch } from '../ui/address-bar';
import { Link } from '../router/link';
import { Field } from '../ui/form';
import { Failure, MinerLink, Notice } from '../ui/parts';
import { ScanButton } from '../ui/scan';
import { readBook } from '../wallet/book';
import { allOf, askedFields, check, NEEDS_AMOUNT, NEEDS_MINER } from './act-check';
import { type Action, type Draft, type Fields, NO_FIELDS } from './act-draft';
import { KeysField, minerByText, MinerField, useMinerByText } from './act-fields';
import { ShareLink } from './act-share';

/** Whether the proofs of the keys to be registered hold; true if there are none. */
async function keysHold(draft: Draft, address: string): Promise<boolean> {
  const owner = parseAddress(address);
  const keys = draft.payloads
    .map((payload) => ('keys' in payload ? payload.keys : null))
    .find((found) => found !== null);
  if (keys === undefined) return true;
  if (!owner.ok) return false;
  const answer = await askOnce({ kind: 'check-keys', owner: owner.hash, keys });
  return answer.kind === 'checked' && answer.good;
}

export function ActForm({
  action,
  account,
  parameters,
  prefill,
  asked,
  onFields,
  onDraft,
}: {
  readonly action: Action;
  readonly account: Account;
  readonly parameters: Parameters;
  /** What was typed here before. */
  readonly prefill: Partial<Fields> | null;
  /** What a link asks for. */
  readonly asked: AddressSearch;
  readonly onFields: (fields: Partial<Fields>) => void;
  readonly onDraft: (draft: Draft) => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const own = useQuery({
    ...minerQuery(String(account.miner?.id ?? ''), null, 1),
    enabled: action === 'update' && account.miner != null,
  });
  const [typed, setTyped] = useState<Partial<Fields>>(() => ({ ...prefill, ...askedFields(asked) }));
  const registered =
    action === 'update' && own.data !== undefined
      ? { dial: own.data.dial_address, contact: own.data.contact ?? '' }
      : null;
  const fields: Fields = { ...NO_FIELDS, ...registered, ...typed };
  const book = useId();
  const [tried, setTried] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [unsavedKeys, setUnsavedKeys] = useState(false);
  /** Keys whose proofs were found not to hold. */
  const [badKeys, setBadKeys] = useState<string | null>(null);
  const found = useMinerByText(NEEDS_MINER.includes(action) ? fields.miner : '');
  const { errors } = check(action, fields, { account, parameters, t, registered, miner: found.miner });
  const shown = (field: keyof Fields) =>
    tried && !(field === 'miner' && found.loading) ? errors[field] : null;
  const set = (change: Partial<Fields>) => {
    setTyped({ ...typed, ...change });
    onFields({ ...typed, ...change });
  };
  const submit = async () => {
    // A click while the miner is being looked up counts when it is found.
    const miner = NEEDS_MINER.includes(action) ? await queries.query(minerByText(fields.miner)) : null;
    const checked = check(action, fields, { account, parameters, t, registered, miner });
    if (checked.draft === null || unsavedKeys) return;
    const hold = await keysHold(checked.draft, account.address);
    setBadKeys(hold ? null : fields.keys);
    if (hold) onDraft(checked.draft);
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    setFailure(null);
    submit().catch(setFailure);
  };
  const all = allOf(action, fields.miner.trim() !== '', { account, parameters });
  return (
    <form className="form" onSubmit={onSubmit} noValidate autoComplete="off">
      {readInteger(account.balance) > 0n ? null : (
        <Notice>
          {t.act.nothingToSpend}
          {t.marks.gap}
          <Link to="/position">{t.nav.position}</Link>
        </Notice>
      )}
      {(action === 'vote' || action === 'withdraw') && account.projected != null ? (
        <p>
          {t.position.votesFor}
          {t.marks.colon}
          <MinerLink miner={account.projected.miner ?? null} />
        </p>
      ) : null}
      {(action === 'update' || action === 'resign') && account.miner != null ? (
        <p>
          {t.position.ownsMiner}
          {t.marks.colon}
          <MinerLink miner={account.miner} />
        </p>
      ) : null}
      {NEEDS_AMOUNT.includes(action) ? (
        <Field
          label={t.act.amountLabel}
          hint={
            action === 'unlock'
              ? t.act.lockedNow(formatAmount(readInteger(account.projected?.locked ?? '0'), { group: ',' }))
              : [
                  t.act.available(formatAmount(readInteger(account.balance), { group: ',' })),
                  all.later === 0n ? '' : t.act.keepsFees(formatAmount(all.later)),
                ].join(t.marks.gap)
          }
          error={shown('amount')}
        >
          {(props) => (
            <span className="input-row">
              <input
                {...props}
                inputMode="decimal"
                value={fields.amount}
                maxLength={40}
                onChange={(event) => set({ amount: event.target.value })}
              />
              <button
                type="button"
                className="button"
                onClick={() => set({ amount: formatAmount(all.amount) })}
              >
                {t.act.all}
              </button>
            </span>
          )}
        </Field>
      ) : null}
      {NEEDS_MINER.includes(action) ? (
        <MinerField
          value={fields.miner}
          found={found.miner}
          error={shown('miner')}
          onChange={(text) => set({ miner: text })}
        />
      ) : null}
      {action === 'withdraw' && tried && errors.miner !== undefined ? (
        <Notice kind="bad">{errors.miner}</Notice>
      ) : null}
      {action === 'resign' && tried && errors.name !== undefined ? (
        <Notice kind="bad">{errors.name}</Notice>
      ) : null}
      {action === 'transfer' ? (
        <>
          <Field label={t.act.recipient} error={shown('recipient')}>
            {(props) => (
              <>
                <span className="input-row">
                  <input
                    {...props}
                    list={book}
                    spellCheck={false}
                    value={fields.recipient}
                    maxLength={64}
                    onChange={(event) => set({ recipient: event.target.value })}
                  />
                  <ScanButton onAddress={(recipient) => set({ recipient })} />
                </span>
                <datalist id={book}>
                  {readBook().map((known) => (
                    <option key={known.address} value={known.address} label={known.name} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
          <Field
            label={t.act.memo}
            hint={t.act.memoLeft(String(Math.max(0, MEMO_BYTES_MAX - utf8(fields.memo).length)))}
            error={isMemo(fields.memo) ? null : t.act.errors.memoTooLong}
          >
            {(props) => (
              <input {...props} value={fields.memo} onChange={(event) => set({ memo: event.target.value })} />
            )}
          </Field>
        </>
      ) : null}
      {action === 'register' ? (
        <Field label={t.act.name} hint={t.act.nameHint} error={shown('name')}>
          {(props) => (
            <input
              {...props}
              spellCheck={false}
              autoCapitalize="none"
              value={fields.name}
              maxLength={40}
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      {action === 'register' || action === 'update' ? (
        <>
          <Field label={t.act.dial} hint={t.act.dialHint} error={shown('dial')}>
            {(props) => (
              <input
                {...props}
                spellCheck={false}
                autoCapitalize="none"
                value={fields.dial}
                maxLength={200}
                onChange={(event) => set({ dial: event.target.value })}
              />
            )}
          </Field>
          <Field label={t.act.contact} hint={t.act.contactHint} error={shown('contact')}>
            {(props) => (
              <input
                {...props}
                value={fields.contact}
                maxLength={200}
                onChange={(event) => set({ contact: event.target.value })}
              />
            )}
          </Field>
          <KeysField
            owner={account.address}
            value={fields.keys}
            keep={action === 'update'}
            error={
              shown('keys') ??
              (badKeys === fields.keys ? t.act.errors.keysProof : null) ??
              (tried && unsavedKeys ? t.act.keysMustSave : null)
            }
            onChange={(keys, unsaved) => {
              set({ keys });
              setUnsavedKeys(unsaved);
            }}
          />
        </>
      ) : null}
      {failure === null ? null : <Failure error={failure} />}
      <div className="row">
        <button type="submit" className="button primary">
          {t.act.review}
        </button>
        {action === 'register' || action === 'update' ? null : <ShareLink action={action} fields={fields} />}
      </div>
    </form>
  );
}
