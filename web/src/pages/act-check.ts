/** What the fields of a form make: a draft, or what is wrong with each of them. No markup and no node in here. */

import type { Account, Miner, Parameters } from '../api/types';
import type { Text } from '../i18n/en';
import { formatAmount, parseAmount, readInteger } from '../lib/amount';
import { parseAddress } from '../lib/address';
import { fromHex } from '../lib/bytes';
import { isContact, isDialAddress, NAME_PATTERN } from '../lib/codec/texts';
import { isMemo, MINER_KEYS_BYTES, type Payload } from '../lib/codec/transaction';
import { spareFees } from '../lib/request/traps';
import type { AddressSearch } from '../ui/address-bar';
import { addressProblemText, amountProblemText } from '../wallet/problems';
import type { Action, Draft, Fields } from './act-draft';

export type Errors = Partial<Record<keyof Fields, string>>;

export interface Context {
  readonly account: Account;
  readonly parameters: Parameters;
  readonly t: Text;
  /** The miner that is named, if there is one. */
  readonly miner: Miner | null;
  /** What the account's own miner registered, if it is known. */
  readonly registered: { readonly dial: string; readonly contact: string } | null;
}

/** What is wrong with the fields, or the draft they make. */
export function check(
  action: Action,
  fields: Fields,
  context: Context,
): { errors: Errors; draft: Draft | null } {
  const { account, parameters, t, miner, registered } = context;
  const errors: Errors = {};
  const fee = readInteger(parameters.min_fee);
  const balance = readInteger(account.balance);
  const locked = readInteger(account.projected?.locked ?? '0');
  const minLock = readInteger(parameters.min_lock);
  const payloads: Payload[] = [];
  let spends = 0n;
  let keptDial = null;
  let keptContact = null;

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
      const same = registered?.dial === fields.dial && registered.contact === fields.contact;
      if (action === 'update' && text === '' && same) errors.dial = t.review.nothingChanges;
      if (registered?.dial === fields.dial) keptDial = fields.dial;
      if (contact !== null && registered?.contact === contact) keptContact = contact;
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
  return { errors, draft: clean ? { action, fields, payloads, miner, spends, keptDial, keptContact } : null };
}

/** What "All" means: everything, less the fees of this request and of those that will follow it. */
export function allOf(
  action: Action,
  votes: boolean,
  { account, parameters }: Pick<Context, 'account' | 'parameters'>,
): { readonly amount: bigint; readonly later: bigint } {
  const fee = readInteger(parameters.min_fee);
  const { now, later } = spareFees(action, votes, account.projected != null, fee);
  if (action === 'unlock') return { amount: readInteger(account.projected?.locked ?? '0'), later };
  const balance = readInteger(account.balance);
  const kept = now + later;
  return { amount: balance > kept ? balance - kept : 0n, later };
}

/** What a link asks for, as text in the fields. */
export function askedFields(asked: AddressSearch): Partial<Fields> {
  const miner = asked['miner'];
  return {
    ...(miner === undefined ? {} : { miner: /^[0-9]+$/.test(miner) ? `#${miner}` : miner }),
    ...(asked['to'] === undefined ? {} : { recipient: asked['to'] }),
    ...(asked['amount'] === undefined ? {} : { amount: asked['amount'] }),
    ...(asked['memo'] === undefined ? {} : { memo: asked['memo'] }),
  };
}

export const NEEDS_AMOUNT: readonly Action[] = ['lock', 'unlock', 'transfer'];
export const NEEDS_MINER: readonly Action[] = ['lock', 'vote'];
