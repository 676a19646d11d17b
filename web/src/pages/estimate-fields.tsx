/** What an estimate is for: an amount and a time gain, which stand in the address, so that a link shows what its sender saw. */

import { useCallback } from 'react';
import { useText } from '../i18n';
import { useAddressSearch, useChangeSearch, useTyped } from '../ui/address-bar';
import { Field } from '../ui/form';
import { amountProblemText } from '../wallet/problems';
import { readAmount, readGain } from './miners-filter';

export interface EstimateFieldsProps {
  /** The time gain where the address has none. */
  readonly gain?: number;
  /** Characters that the amount has room for. */
  readonly size?: number;
}

export function EstimateFields({ gain: present = 1, size }: EstimateFieldsProps) {
  const t = useText();
  const search = useAddressSearch();
  const change = useChangeSearch();
  const keep = useCallback((amount: string) => change({ amount: amount.trim() || undefined }), [change]);
  const [typed, setTyped] = useTyped(search['amount'] ?? '', keep);
  const { amountProblem } = readAmount(search['amount']);
  const gain = readGain(search['gain']) ?? present;
  const problem =
    amountProblem === null || amountProblem === 'empty'
      ? null
      : amountProblem === 'zero'
        ? t.act.errors.amountZero
        : amountProblemText(amountProblem, t);
  return (
    <>
      <Field label={t.miners.myAmount} error={problem}>
        {(props) => (
          <input
            {...props}
            inputMode="decimal"
            size={size}
            maxLength={24}
            placeholder="1000"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      <Field label={t.miners.myGain}>
        {(props) => (
          <select {...props} value={gain} onChange={(event) => change({ gain: event.target.value })}>
            {Array.from({ length: 32 }, (_, index) => (
              <option key={index} value={index + 1}>
                {index + 1}
              </option>
            ))}
          </select>
        )}
      </Field>
    </>
  );
}
