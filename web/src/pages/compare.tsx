/** Up to four miners side by side. Which ones stands in the address bar. */

import { useQuery } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, type SubmitEvent, useState } from 'react';
import { comparedQuery } from '../api/queries';
import type { Miner } from '../api/types';
import { Link } from '../router/link';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { amountColumn, coefficientText, count, micro, percentColumn, votesText } from '../lib/format';
import { yearlyPercent } from '../lib/returns';
import { useAddressSearch, useChangeSearch } from '../ui/address-bar';
import { Field } from '../ui/form';
import { Spark } from '../ui/marks';
import { Loaded, MinerLink, NoPast, PageHead, Sheet } from '../ui/parts';
import { useWallet } from '../wallet/context';
import { EstimateFields } from './estimate-fields';
import { MinerTags } from './miner-tags';
import { VoteButton } from './miners-columns';
import { readAmount, readFavourites, readGain } from './miners-filter';

export const COMPARED_MAX = 4;

export function comparedIds(text: string | undefined): readonly number[] {
  const ids = (text ?? '').split(',').filter((id) => /^[0-9]{1,9}$/.test(id));
  return [...new Set(ids.map(Number))].slice(0, COMPARED_MAX);
}

export function ComparePage(): ReactElement {
  const t = useText();
  const search = useAddressSearch();
  const change = useChangeSearch();
  const [typed, setTyped] = useState('');
  const chosen =
    search['ids'] === undefined ? [...readFavourites()].slice(0, COMPARED_MAX) : comparedIds(search['ids']);
  const { amount } = readAmount(search['amount']);
  const gain = readGain(search['gain']) ?? 1;
  const { active } = useWallet();
  const query = useQuery(comparedQuery(chosen, typed.trim(), amount, gain, active?.address ?? null));
  const set = (ids: readonly number[]) => change({ ids: ids.join(',') });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const found = query.data?.found;
    if (found === undefined || found === null || chosen.length >= COMPARED_MAX) return;
    set([...chosen, found.id]);
    setTyped('');
  };
  return (
    <>
      <PageHead title={t.compare.title} lead={t.compare.lead} />
      {chosen.length >= COMPARED_MAX ? null : (
        <form className="row" onSubmit={submit}>
          <Field label={chosen.length === 0 ? t.compare.first : t.compare.add} hint={t.act.minerHint}>
            {(props) => (
              <input
                {...props}
                maxLength={40}
                spellCheck={false}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            )}
          </Field>
          <button type="submit" className="button" disabled={query.data?.found == null}>
            {t.compare.addNow}
          </button>
        </form>
      )}
      {chosen.length === 0 ? null : (
        <div className="row">
          <EstimateFields />
        </div>
      )}
      <Sheet flush>
        <Loaded query={query} lines={8}>
          {({ miners, past }) =>
            miners.length === 0 ? (
              <p className="empty">
                <span>
                  {t.compare.empty}
                  {t.marks.gap}
                  <Link to="/miners">{t.nav.miners}</Link>
                </span>
              </p>
            ) : (
              <>
                {past ? null : <NoPast />}
                <Table
                  miners={miners}
                  past={past}
                  amount={amount}
                  onRemove={(id) => set(chosen.filter((other) => other !== id))}
                />
              </>
            )
          }
        </Loaded>
      </Sheet>
    </>
  );
}

function Table({
  miners,
  past,
  amount,
  onRemove,
}: {
  readonly miners: readonly Miner[];
  /** Whether the node knows what was. */
  readonly past: boolean;
  readonly amount: bigint;
  readonly onRemove: (id: number) => void;
}) {
  const t = useText();
  const rows: readonly (readonly [string, (miner: Miner) => ReactNode, 'past'?])[] = [
    [t.miners.columns.bonus, (miner) => amountColumn(readInteger(miner.estimated_bonus_per_day), 4)],
    [t.returns.rate, (miner) => yearlyPercent(readInteger(miner.estimated_bonus_per_day), amount)],
    [t.miners.columns.inclusion, (miner) => percentColumn(miner.inclusion_ppb)],
    [t.miners.columns.votes, (miner) => votesText(readInteger(miner.votes))],
    [t.miners.share, (miner) => percentColumn(miner.votes_share_ppb)],
    [t.miners.columns.coefficient, (miner) => coefficientText(readInteger(miner.coefficient))],
    [
      t.miners.columns.produced,
      (miner) => `${count(miner.produced, t.locale)} / ${count(miner.missed, t.locale)}`,
    ],
    [t.miners.columns.seats, (miner) => `${miner.seats} / ${micro(miner.expected_seats_micro)}`, 'past'],
    [t.miners.columns.voters, (miner) => count(miner.voters, t.locale), 'past'],
    [
      t.miners.columns.recent,
      (miner) => (
        <Spark
          recent={miner.recent}
          label={t.miners.recentLabel(String(miner.seats), String(miner.recent.length))}
        />
      ),
      'past',
    ],
    // Whose vote it is says the last row.
    [t.common.status, (miner) => <MinerTags miner={{ ...miner, my_vote: false }} />],
    [t.miners.columns.vote, (miner) => <VoteButton miner={miner} t={t} />],
  ];
  return (
    <div className="table-wrap" tabIndex={0} role="group" aria-label={t.compare.title}>
      {/* Set as lines the table loses its roles in some browsers: they are given back by name. */}
      <table className="plain comparing" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <td role="cell"></td>
            {miners.map((miner) => (
              <th key={miner.id} scope="col" role="columnheader" className="num">
                <button
                  type="button"
                  className="icon-button"
                  aria-label={t.compare.remove(miner.name)}
                  onClick={() => onRemove(miner.id)}
                >
                  ×
                </button>{' '}
                <MinerLink miner={miner} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map(([name, cell, of]) =>
            of === 'past' && !past ? null : (
              <tr key={name} role="row">
                <th scope="row" role="rowheader">
                  {name}
                </th>
                {miners.map((miner) => (
                  <td key={miner.id} role="cell" className="num" data-name={miner.name}>
                    {cell(miner)}
                  </td>
                ))}
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}
