/** What the reader's own amount would earn with a miner, at any time gain: asked of the node, which counts as it pays. */

import { useQuery } from '@tanstack/react-query';
import { minerQuery } from '../api/queries';
import type { MinerDetail } from '../api/types';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { DAYS_A_YEAR, yearlyPercent } from '../lib/returns';
import { useAddressSearch } from '../ui/address-bar';
import { Amount, Fact, Sheet } from '../ui/parts';
import { EstimateFields } from './estimate-fields';
import { readAmount, readGain } from './miners-filter';

export function Returns({ miner }: { readonly miner: MinerDetail }) {
  const t = useText();
  const search = useAddressSearch();
  const { amount } = readAmount(search['amount']);
  const gain = readGain(search['gain']) ?? 1;
  const query = useQuery(minerQuery(String(miner.id), null, gain, amount));
  const perDay = query.data === undefined ? null : readInteger(query.data.estimated_bonus_per_day);
  return (
    <Sheet title={t.returns.title} aside={<span className="muted small">{t.common.estimate}</span>}>
      <div className="stack">
        <div className="row">
          <EstimateFields />
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
