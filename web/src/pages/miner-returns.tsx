/** What the reader's own amount would earn with a miner, at any time gain: asked of the node, which counts as it pays. */

import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { minerQuery } from '../api/queries';
import type { MinerDetail } from '../api/types';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { DAYS_A_YEAR, yearlyPercent } from '../lib/returns';
import { useAddressSearch, useChangeSearch, useTyped } from '../ui/address-bar';
import { Field } from '../ui/form';
import { Amount, Fact, Sheet } from '../ui/parts';
import { amountProblemText } from '../wallet/problems';
import { readAmount, readGain } from './miners-filter';

export function Returns({ miner }: { readonly miner: MinerDetail }) {
  const t = useText();
  const search = useAddressSearch();
  const change = useChangeSearch();
  const keep = useCallback((amount: string) => change({ amount: amount.trim() || undefined }), [change]);
  const [typed, setTyped] = useTyped(search['amount'] ?? '', keep);
  const { amount, amountProblem } = readAmount(search['amount']);
  const gain = readGain(search['gain']) ?? 1;
  const query = useQuery(minerQuery(String(miner.id), null, gain, amount));
  const perDay = query.data === undefined ? null : readInteger(query.data.estimated_bonus_per_day);
  const problem =
    amountProblem === null || amountProblem === 'empty'
      ? null
      : amountProblem === 'zero'
        ? t.act.errors.amountZero
        : amountProblemText(amountProblem, t);
  return (
    <Sheet title={t.returns.title} aside={<span className="muted small">{t.common.estimate}</span>}>
      <div className="stack">
        <div className="row">
          <Field label={t.miners.myAmount} error={problem}>
            {(props) => (
              <input
                {...props}
                inputMode="decimal"
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
        </div>
        <dl className="facts">
          <Fact name={t.returns.day}>{perDay === null ? t.common.none : <Amount units={perDay} />}</Fact>
          <Fact name={t.returns.month}>
            {perDay === null ? t.common.none : <Amount units={perDay * 30n} />}
          </Fact>
          <Fact name={t.returns.year}>
            {perDay === null ? t.common.none : <Amount units={perDay * DAYS_A_YEAR} />}
          </Fact>
          <Fact name={t.returns.rate}>{perDay === null ? t.common.none : yearlyPercent(perDay, amount)}</Fact>
        </dl>
        <p className="small muted">{t.returns.help}</p>
      </div>
    </Sheet>
  );
}
