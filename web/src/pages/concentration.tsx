/** In how few hands votes, seats and bonus lie. */

import { useQuery } from '@tanstack/react-query';
import { allMinersQuery } from '../api/queries';
import type { Miner } from '../api/types';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { giniMilli, nakamoto } from '../lib/concentration';
import { count } from '../lib/format';
import { Loaded, Sheet } from '../ui/parts';

export function Concentration() {
  const t = useText();
  const query = useQuery(allMinersQuery);
  const measures: readonly (readonly [string, (miner: Miner) => bigint])[] = [
    [t.concentration.votes, (miner) => readInteger(miner.votes)],
    [t.concentration.chance, (miner) => BigInt(miner.inclusion_ppb)],
    [t.concentration.seats, (miner) => BigInt(miner.seats)],
    [t.concentration.locked, (miner) => readInteger(miner.locked)],
  ];
  return (
    <Sheet title={t.concentration.title} flush>
      <Loaded query={query} lines={5}>
        {(miners) => (
          <div className="table-wrap" tabIndex={0} role="group" aria-label={t.concentration.title}>
            <table className="plain">
              <thead>
                <tr>
                  <td></td>
                  <th scope="col" className="num">
                    {t.concentration.gini}
                  </th>
                  <th scope="col" className="num">
                    {t.concentration.few('33 %')}
                  </th>
                  <th scope="col" className="num">
                    {t.concentration.few('50 %')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {measures.map(([name, of]) => {
                  const values = miners.map(of);
                  return (
                    <tr key={name}>
                      <th scope="row">{name}</th>
                      <td className="num">{(giniMilli(values) / 1000).toFixed(3)}</td>
                      <td className="num">{count(nakamoto(values, 33), t.locale)}</td>
                      <td className="num">{count(nakamoto(values, 50), t.locale)}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
            <p className="empty small">{t.concentration.help(count(miners.length, t.locale))}</p>
          </div>
        )}
      </Loaded>
    </Sheet>
  );
}
