import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useId, useState } from 'react';
import { minerQuery } from '../api/queries';
import type { Account, Miner, Parameters } from '../api/types';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { formatAmount, parseAmount, readInteger } from '../lib/amount';
import { parseAddress } from '../lib/address';
import { fromHex, utf8 } from '../lib/bytes';
import {
  isContact,
  isDialAddress,
  isMemo,
  MEMO_BYTES_MAX,
  MINER_KEYS_BYTES,
  NAME_PATTERN,
  type Payload,
} from '../lib/codec/transaction';
import { askOnce } from '../lib/verify/client';
import { Field } from '../ui/form';
import { Failure, Notice } from '../ui/parts';
import { ScanButton } from '../ui/scan';
import { ShareLink } from './act-share';
import type { AddressSearch } from '../ui/address-bar';
import { readBook } from '../wallet/book';
import { addressProblemText, amountProblemText } from '../wallet/problems';
import { type Action, type Draft, type Fields, NO_FIELDS } from './act-draft';
import { KeysField, minerByText, MinerField, useMinerByText } from './act-fields';

type Errors = Partial<Record<keyof Fields, string>>;

interface Context {
  readonly account: Account;
  readonly parameters: Parameters;
  readonly t: Text;
  readonly miner: Miner | null;
}

/** What is wrong with the fields, or the draft they make. */
function check(action: Action, fields: Fields, context: Context): { errors: Errors; draft: Draft | null } {
  const { account, parameters, t, miner } = context;
  const errors: Errors = {};
  const fee = readInteger(parameters.min_fee);
  const balance = readInteger(account.balance);
  const locked = readInteger(account.projected?.locked ?? '0');
  const minLock = readInteger(parameters.min_lock);
  const payloads: Payload[] = [];
  let spends = 0n;

  const amount = (): bigint => {
    const parsed = parseAmount(fields.amount);
    if (!parsed.ok) errors.amount = amountProblemText(parsed.problem, t);
    else if (parsed.units === 0n) errors.amount = t.act.errors.amountZero;
    return parsed.ok ? parsed.units : 0n;
  };
  const covered = (units: bigint, fees: bigint, field: keyof Fields) => {
    if (errors[field] !== undefined || units + fees <= balance) return;
    const most = balance > fees ? balance - fees : 0n;
    errors[field] = t.act.errors.overBalance(formatAmount(most, { group: ',' }));
  };

  switch (action) {
    case 'lock': {
      const units = amount();
      const fees = fields.miner.trim() === '' ? fee : 2n * fee;
      covered(units, fees, 'amount');
      if (errors.amount === undefined && locked + units < minLock) {
        errors.amount = t.act.errors.belowMinLock(formatAmount(minLock));
      }
      payloads.push({ kind: 'lock', amount: units });
      spends = units;
      if (fields.miner.trim() !== '') {
        if (miner === null) errors.miner = t.act.errors.minerUnknown;
        else payloads.push({ kind: 'vote', miner: miner.id });
      }
      break;
    }
    case 'unlock': {
      const units = amount();
      if (account.projected == null) errors.amount = t.act.errors.noPosition;
      else if (errors.amount === undefined && units > locked) {
        errors.amount = t.act.errors.overLocked(formatAmount(locked, { group: ',' }));
      } else if (errors.amount === undefined && locked - units !== 0n && locked - units < minLock) {
        errors.amount = t.act.errors.belowMinLock(formatAmount(minLock));
      }
      covered(0n, fee, 'amount');
      payloads.push({ kind: 'unlock', amount: units });
      break;
    }
    case 'vote':
      if (account.projected == null) errors.miner = t.act.errors.noPosition;
      else if (fields.miner.trim() === '') errors.miner = t.act.errors.required;
      else if (miner === null) errors.miner = t.act.errors.minerUnknown;
      else payloads.push({ kind: 'vote', miner: miner.id });
      covered(0n, fee, 'miner');
      break;
    case 'withdraw':
      if (account.projected?.miner == null) errors.miner = t.act.errors.noVote;
      covered(0n, fee, 'miner');
      payloads.push({ kind: 'withdraw' });
      break;
    case 'transfer': {
      const recipient = parseAddress(fields.recipient);
      if (!recipient.ok) errors.recipient = addressProblemText(recipient, t);
      const units = amount();
      covered(units, fee, 'amount');
      if (!isMemo(fields.memo)) errors.memo = t.act.errors.memoTooLong;
      spends = units;
      if (recipient.ok) {
        payloads.push({ kind: 'transfer', recipient: recipient.hash, amount: units, memo: fields.memo });
      }
      break;
    }
    case 'register':
    case 'update': {
      const deposit = action === 'register' ? readInteger(parameters.deposit) : 0n;
      if (action === 'register' && !NAME_PATTERN.test(fields.name)) errors.name = t.act.errors.name;
      if (action === 'register' && account.miner != null) errors.name = t.act.errors.owner;
      if (!isDialAddress(fields.dial)) errors.dial = t.act.errors.dial;
      if (fields.contact !== '' && !isContact(fields.contact)) errors.contact = t.act.errors.contact;
      const text = fields.keys.trim().toLowerCase();
      const contact = fields.contact === '' ? null : fields.contact;
      let keys = null;
      if (text !== '' || action === 'register') {
        if (!/^[0-9a-f]+$/.test(text) || text.length !== 2 * MINER_KEYS_BYTES)
          errors.keys = t.act.errors.keys;
        else keys = fromHex(text);
      }
      covered(deposit, fee, action === 'register' ? 'name' : 'dial');
      spends = deposit;
      if (action === 'update') payloads.push({ kind: 'update', keys, dial: fields.dial, contact });
      else if (keys !== null) {
        payloads.push({ kind: 'register', name: fields.name, keys, dial: fields.dial, contact });
      }
      break;
    }
    case 'resign':
      if (account.miner == null) errors.name = t.act.errors.notMiner;
      covered(0n, fee, 'name');
      payloads.push({ kind: 'resign' });
      break;
  }
  const clean = Object.keys(errors).length === 0 && payloads.length > 0;
  return { errors, draft: clean ? { action, fields, payloads, miner, spends } : null };
}

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

/** What a link asks for, as text in the fields. */
function askedFields(asked: AddressSearch): Partial<Fields> {
  const miner = asked['miner'];
  return {
    ...(miner === undefined ? {} : { miner: /^[0-9]+$/.test(miner) ? `#${miner}` : miner }),
    ...(asked['to'] === undefined ? {} : { recipient: asked['to'] }),
    ...(asked['amount'] === undefined ? {} : { amount: asked['amount'] }),
    ...(asked['memo'] === undefined ? {} : { memo: asked['memo'] }),
  };
}

/**
 * What "All" leaves: the fees of this, and of what comes after. Who locks everything could neither vote nor unlock; who sends
 * everything while tokens are locked could not unlock them.
 */
export function spareFees(
  action: Action,
  fields: Pick<Fields, 'miner'>,
  account: { readonly projected?: Account['projected'] | undefined },
  fee: bigint,
): { readonly now: bigint; readonly later: bigint } {
  if (action === 'lock') {
    return { now: fields.miner.trim() === '' ? fee : 2n * fee, later: 2n * fee };
  }
  if (action === 'transfer') return { now: fee, later: account.projected == null ? 0n : 2n * fee };
  return { now: fee, later: 0n };
}

const NEEDS_AMOUNT: readonly Action[] = ['lock', 'unlock', 'transfer'];
const NEEDS_MINER: readonly Action[] = ['lock', 'vote'];

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
  const fields: Fields = {
    ...NO_FIELDS,
    ...(action === 'update' && own.data !== undefined
      ? { dial: own.data.dial_address, contact: own.data.contact ?? '' }
      : {}),
    ...typed,
  };
  const book = useId();
  const [tried, setTried] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [unsavedKeys, setUnsavedKeys] = useState(false);
  /** Keys whose proofs were found not to hold. */
  const [badKeys, setBadKeys] = useState<string | null>(null);
  const found = useMinerByText(NEEDS_MINER.includes(action) ? fields.miner : '');
  const { errors } = check(action, fields, { account, parameters, t, miner: found.miner });
  const shown = (field: keyof Fields) =>
    tried && !(field === 'miner' && found.loading) ? errors[field] : null;
  const set = (change: Partial<Fields>) => {
    setTyped({ ...typed, ...change });
    onFields({ ...typed, ...change });
  };
  const submit = async () => {
    // A click while the miner is being looked up counts when it is found.
    const miner = NEEDS_MINER.includes(action) ? await queries.query(minerByText(fields.miner)) : null;
    const checked = check(action, fields, { account, parameters, t, miner });
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
  const fee = readInteger(parameters.min_fee);
  const spare = spareFees(action, fields, account, fee);
  const fill = () => {
    const source = readInteger(action === 'unlock' ? (account.projected?.locked ?? '0') : account.balance);
    const kept = action === 'unlock' ? 0n : spare.now + spare.later;
    set({ amount: formatAmount(source > kept ? source - kept : 0n) });
  };
  return (
    <form className="form" onSubmit={onSubmit} noValidate autoComplete="off">
      {NEEDS_AMOUNT.includes(action) ? (
        <Field
          label={t.act.amountLabel}
          hint={
            action === 'unlock'
              ? t.act.lockedNow(formatAmount(readInteger(account.projected?.locked ?? '0'), { group: ',' }))
              : [
                  t.act.available(formatAmount(readInteger(account.balance), { group: ',' })),
                  spare.later === 0n ? '' : t.act.keepsFees(formatAmount(spare.later)),
                ].join(' ')
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
              <button type="button" className="button" onClick={fill}>
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
