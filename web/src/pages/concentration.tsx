/** In how few hands votes, seats and bonus lie. */

import { useQuery } from '@tanstack/react-query';
import { allMinersQuery } from '../api/queries';
import type { Miner } from '../api/types';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { giniMilli, nakamoto } from '../lib/concentration';
import { count } from '../lib/format';
import { Loaded, NoPast, Sheet } from '../ui/parts';
import { Table } from '../ui/table';
import { ConcentrationCourse } from './concentration-course';

export function Concentration() {
  const t = useText();
  const query = useQuery(allMinersQuery);
  const measures: readonly (readonly [string, (miner: Miner) => bigint, 'past'?])[] = [
    [t.concentration.votes, (miner) => readInteger(miner.votes)],
    [t.concentration.chance, (miner) => BigInt(miner.inclusion_ppb)],
    [t.concentration.seats, (miner) => BigInt(miner.seats), 'past'],
    [t.concentration.locked, (miner) => readInteger(miner.locked), 'past'],
  ];
  return (
    <Sheet title={t.concentration.title} flush>
      <Loaded query={query} lines={5}>
        {({ miners, past }) => (
          <>
            {past ? null : <NoPast />}
            <Table
              label={t.concentration.title}
              rows={measures
                .filter(([, , of]) => past || of !== 'past')
                .map(([name, of]) => ({ name, values: miners.map(of) }))}
              rowKey={(row) => row.name}
              columns={[
                { name: t.common.status, title: true, unnamed: true, cell: (row) => row.name },
                {
                  name: t.concentration.gini,
                  num: true,
                  cell: (row) => (giniMilli(row.values) / 1000).toFixed(3),
                },
                {
                  name: t.concentration.few('33 %'),
                  num: true,
                  cell: (row) => count(nakamoto(row.values, 33), t.locale),
                },
                {
                  name: t.concentration.few('50 %'),
                  num: true,
                  cell: (row) => count(nakamoto(row.values, 50), t.locale),
                },
              ]}
            />
            <p className="empty small">{t.concentration.help(count(miners.length, t.locale))}</p>
            {past ? <ConcentrationCourse /> : null}
          </>
        )}
      </Loaded>
    </Sheet>
  );
}
