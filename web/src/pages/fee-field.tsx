import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { mempoolQuery } from '../api/queries';
import type { Parameters } from '../api/types';
import { useText } from '../i18n';
import { formatAmount, parseAmount, readInteger } from '../lib/amount';
import type { Payload } from '../lib/codec/transaction';
import { count } from '../lib/format';
import { type FeeChoices, feeChoices, payingMore } from '../lib/fees';
import { amountProblemText } from '../wallet/problems';

export type FeeChoice = 'least' | 'middle' | 'first' | 'own';
const CHOICES = ['least', 'middle', 'first', 'own'] as const;

export interface Fee {
  readonly choice: FeeChoice;
  /** The fee typed, if it is the reader's own. */
  readonly typed: string;
}

export const FIRST_FEE: Fee = { choice: 'least', typed: '' };

/** The fee in units, or null if the one typed is none or too low. `floor` is the least of a replacement. */
export function feeUnits(fee: Fee, choices: FeeChoices, floor = 0n): bigint | null {
  const least = floor > choices.least ? floor : choices.least;
  if (fee.choice !== 'own') return choices[fee.choice] < least ? least : choices[fee.choice];
  const parsed = parseAmount(fee.typed);
  return parsed.ok && parsed.units >= least ? parsed.units : null;
}

export function useFeeChoices(parameters: Parameters, payloads: readonly Payload[]): FeeChoices {
  return feeChoices(parameters, useQuery(mempoolQuery).data, payloads);
}

export function FeeField({
  fee,
  parameters,
  payloads,
  floor = 0n,
  onChange,
}: {
  readonly fee: Fee;
  readonly parameters: Parameters;
  /** What is signed, each with this fee. */
  readonly payloads: readonly Payload[];
  readonly floor?: bigint;
  readonly onChange: (fee: Fee) => void;
}) {
  const t = useText();
  const id = useId();
  const pool = useQuery(mempoolQuery);
  const choices = feeChoices(parameters, pool.data, payloads);
  const units = feeUnits(fee, choices, floor);
  const chainLeast = readInteger(parameters.min_fee);
  const of = (choice: FeeChoice) => feeUnits({ choice, typed: '' }, choices, floor);
  // The same fee by another name is no choice; what was chosen stays.
  const differs = (choice: FeeChoice, index: number) =>
    choice === 'own' ||
    choice === fee.choice ||
    !CHOICES.slice(0, index).some((before) => of(before) === of(choice));
  const show = (amount: bigint) => `${formatAmount(amount, { group: ',' })} ETM`;
  const parsed = parseAmount(fee.typed);
  let problem: string | null = null;
  if (fee.choice === 'own' && units === null) {
    const least = floor > choices.least ? floor : choices.least;
    problem = parsed.ok ? t.act.feeTooLow(show(least)) : amountProblemText(parsed.problem, t);
  }
  return (
    <div className="fee-field">
      <span className="input-row">
        <select
          className="input"
          aria-label={t.act.feeChoice}
          value={fee.choice}
          onChange={(event) => {
            const choice = CHOICES.find((known) => known === event.target.value) ?? 'least';
            onChange({ ...fee, choice });
          }}
        >
          {CHOICES.filter(differs).map((choice) => (
            <option key={choice} value={choice}>
              {choice === 'own'
                ? t.act.feeChoices.own
                : `${t.act.feeChoices[choice]}${t.marks.colon}${show(of(choice) ?? 0n)}`}
            </option>
          ))}
        </select>
        {fee.choice === 'own' ? (
          <input
            className="input"
            aria-label={t.act.feeOwn}
            aria-invalid={problem !== null}
            aria-describedby={id}
            inputMode="decimal"
            maxLength={24}
            value={fee.typed}
            onChange={(event) => onChange({ ...fee, typed: event.target.value })}
          />
        ) : null}
      </span>
      {choices.least > chainLeast ? (
        <span className="small">{t.act.feeOfNode(show(choices.least), show(chainLeast))}</span>
      ) : null}
      <span id={id} className={problem === null ? 'small muted' : 'small bad'} role="status">
        {problem ??
          (pool.data === undefined || units === null
            ? null
            : t.act.feeEstimate(
                count(choices.waiting, t.locale),
                count(payingMore(pool.data, units), t.locale),
              ))}
      </span>
    </div>
  );
}
