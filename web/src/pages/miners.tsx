import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '../router/link';
import { useCallback, useId, useMemo, useState, type ReactElement } from 'react';
import { accountQuery, allMiners, type MinersFilter } from '../api/queries';
import type { Miner, MinerSort } from '../api/types';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { formatAmount, readInteger } from '../lib/amount';
import { coefficientText, count, csvLine, micro, percent, saveFile, votesText } from '../lib/format';
import { Field, Tabs } from '../ui/form';
import { type AddressSearch, useAddressSearch, useTyped } from '../ui/address-bar';
import { Help } from '../ui/help';
import { useNarrow } from '../ui/media';
import { Failure, Loaded, NoPast, PageHead } from '../ui/parts';
import { useWallet } from '../wallet/context';
import { EstimateFields } from './estimate-fields';
import { MinersCards } from './miners-cards';
import { knownColumns, MINER_COLUMNS } from './miners-columns';
import { type MinerRows, useMinerRows } from './miners-data';
import {
  filterOf,
  nextSort,
  readColumns,
  readFavourites,
  TABS,
  toggled,
  toggledColumn,
  type Wanted,
  wantedOf,
} from './miners-filter';
import { MinersTable } from './miners-table';

export function MinersPage(): ReactElement {
  const t = useText();
  const search = useAddressSearch();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const { active } = useWallet();
  const address = active?.address ?? null;
  const account = useQuery({ ...accountQuery(address ?? ''), enabled: address !== null });
  const [favourites, setFavourites] = useState(readFavourites);
  const [columns, setColumns] = useState(readColumns);
  const [inView, setInView] = useState<readonly number[]>([]);
  const panel = useId();
  const change = useCallback(
    (next: AddressSearch, replace = false) =>
      navigate({
        search: (before: AddressSearch) => ({ ...before, ...next }),
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
  const onSort = useCallback(
    (column: MinerSort) =>
      navigate({
        search: (before: AddressSearch) => ({ ...before, ...nextSort(wantedOf(before), column) }),
        resetScroll: false,
      }),
    [navigate],
  );
  const wanted = wantedOf(search);
  const present = account.data?.position?.time_gain ?? 1;
  const gain = wanted.gain ?? present;
  // The reader's own time gain changes by itself: the order stays the one that was asked for with the gain of then.
  const [turn, setTurn] = useState(0);
  const known = address === null || !account.isPending;
  // eslint-disable-next-line react-hooks/exhaustive-deps -- what it is later is what this keeps out
  const asked = useMemo(() => present, [address, known, turn]);
  const filter = filterOf(wanted, search['q'] ?? '', favourites, address, wanted.gain ?? asked);
  const unanswerable =
    (wanted.tab === 'mine' && address === null) || (wanted.tab === 'favourites' && favourites.size === 0);
  const { list, rows, more, reorder } = useMinerRows(filter, gain, known && !unanswerable, inView);
  const context = useMemo(() => ({ t, amount: wanted.amount }), [t, wanted.amount]);
  const onFavourite = useCallback((id: number) => setFavourites((before) => toggled(before, id)), []);
  const empty = wanted.tab === 'mine' ? t.miners.emptyMine : t.miners.empty;
  return (
    <>
      <PageHead title={t.miners.title} lead={t.miners.lead} />
      <section className="sheet">
        <Tabs
          label={t.miners.tabsLabel}
          tabs={TABS.filter((key) => rows.past || key !== 'not_elected_lately' || key === wanted.tab).map(
            (key) => ({ key, label: t.miners.tabs[key] }),
          )}
          chosen={wanted.tab}
          panel={panel}
          onChoose={(key) => change({ tab: key === 'all' ? undefined : key })}
        />
        <div id={panel} role="tabpanel" aria-label={t.miners.tabs[wanted.tab]}>
          <div className="toolbar">
            <div className="grow">
              <SearchField kept={search['q'] ?? ''} change={change} />
            </div>
            <EstimateFields gain={present} size={10} />
            {narrow ? <SortField wanted={wanted} change={change} past={rows.past} /> : null}
            {narrow ? null : (
              <details className="columns-menu">
                <summary className="button">{t.miners.columnsLabel}</summary>
                <div>
                  {knownColumns(rows.past)
                    .filter((column) => column.id !== 'name')
                    .map((column) => (
                      <label key={column.id} className="row">
                        <input
                          type="checkbox"
                          checked={columns[column.id] === true}
                          onChange={() => setColumns(toggledColumn(columns, column.id))}
                        />
                        {t.miners.columns[column.id]}
                      </label>
                    ))}
                </div>
              </details>
            )}
            <Link to="/compare" className="button">
              {t.compare.title}
            </Link>
            <button
              type="button"
              className="button"
              disabled={unanswerable}
              onClick={() => void exportCsv({ ...filter, time_gain: gain }, rows.past, t)}
            >
              {t.common.csv}
            </button>
          </div>
          {/* What another choice found may still be there: nothing is said of it where nothing is asked for. */}
          {unanswerable ? null : (
            <OrderNote
              wanted={wanted}
              rows={rows}
              change={change}
              reorder={() => {
                setTurn(turn + 1);
                reorder();
              }}
            />
          )}
          {rows.past ? null : <NoPast />}
          {unanswerable ? (
            <p className="empty">
              {wanted.tab === 'mine' ? t.miners.emptyMineNoWallet : t.miners.emptyFavourites}
            </p>
          ) : (
            <div className="miners-body">
              <Loaded query={list} lines={12}>
                {() => {
                  const shared = { miners: rows.miners, total: rows.total, favourites, onFavourite, context };
                  if (rows.miners.length === 0) return <p className="empty">{empty}</p>;
                  return narrow ? (
                    <MinersCards {...shared} more={more} onView={setInView} />
                  ) : (
                    <MinersTable
                      {...shared}
                      drawRound={rows.drawRound}
                      past={rows.past}
                      columns={columns}
                      sort={wanted.sort}
                      order={wanted.order}
                      onSort={onSort}
                      more={more}
                      loadingMore={list.isFetchingNextPage}
                      resetKey={JSON.stringify(filter)}
                      onView={setInView}
                    />
                  );
                }}
              </Loaded>
            </div>
          )}
          {list.data !== undefined && list.isError ? <Failure error={list.error} /> : null}
        </div>
      </section>
    </>
  );
}

interface FieldsProps {
  readonly wanted: Wanted;
  readonly change: (next: AddressSearch, replace?: boolean) => void;
}

/** Keeps to itself what is typed until it is asked for: a letter draws nothing else anew. */
function SearchField({ kept, change }: { readonly kept: string; readonly change: FieldsProps['change'] }) {
  const t = useText();
  const keep = useCallback((q: string) => change({ q: q.trim() || undefined }, true), [change]);
  const [typed, setTyped] = useTyped(kept, keep, 'typed');
  return (
    <Field label={t.miners.search}>
      {(props) => (
        <input
          {...props}
          type="search"
          value={typed}
          maxLength={64}
          placeholder={t.miners.searchHint}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
    </Field>
  );
}

/** Cards have no headings to click. */
function SortField({ wanted, change, past }: FieldsProps & { readonly past: boolean }) {
  const t = useText();
  return (
    <Field label={t.miners.sortBy}>
      {(props) => (
        <select
          {...props}
          value={wanted.sort}
          onChange={(event) => {
            const sort = event.target.value;
            change({ sort: sort === 'fair' ? undefined : sort, order: undefined });
          }}
        >
          <option value="fair">{t.miners.fairOrder}</option>
          {knownColumns(past).map((column) =>
            column.sort === null ? null : (
              <option key={column.id} value={column.sort}>
                {t.miners.columns[column.id]}
              </option>
            ),
          )}
        </select>
      )}
    </Field>
  );
}

/** In which order the miners stand, since when, and how to get another one. */
function OrderNote({
  wanted,
  rows,
  change,
  reorder,
}: FieldsProps & { readonly rows: MinerRows; readonly reorder: () => void }) {
  const t = useText();
  const column = MINER_COLUMNS.find((known) => known.sort === wanted.sort);
  const { orderRound, runningRound } = rows;
  const older = orderRound !== null && runningRound !== null && runningRound > orderRound;
  return (
    <div className="toolbar order-note small muted" role="status">
      {column === undefined ? (
        <span className="explained">
          {orderRound === null ? null : (
            <>
              <span>{t.miners.fairNote(count(orderRound, t.locale))}</span>
              <Help about={t.miners.fairOrder}>{t.miners.fairHelp}</Help>
            </>
          )}
        </span>
      ) : (
        <>
          <span>{t.miners.sortedNote(t.miners.columns[column.id])}</span>
          <button
            type="button"
            className="link-button"
            onClick={() => change({ sort: undefined, order: undefined })}
          >
            {t.miners.fairAgain}
          </button>
        </>
      )}
      {orderRound === null ? null : <span>{t.miners.count(count(rows.total, t.locale))}</span>}
      {/* Its room is kept: on a phone it takes a line, and nothing below may move when a round ends. */}
      {orderRound === null ? null : (
        <button type="button" className={older ? 'link-button' : 'link-button unseen'} onClick={reorder}>
          {t.miners.reorder}
        </button>
      )}
    </div>
  );
}

async function exportCsv(filter: MinersFilter, past: boolean, t: Text): Promise<void> {
  const names = t.miners.columns;
  // A program that reads it knows no space but one.
  const plain = (ppb: number) => percent(ppb).replace('\u00a0', ' ');
  const bonus = `${names.bonus} (${formatAmount(BigInt(filter.amount))} ETM, t ${filter.time_gain})`;
  const columns: readonly (readonly [string, (miner: Miner) => string | number, 'past'?])[] = [
    ['id', (miner) => miner.id],
    [names.rank, (miner) => miner.rank],
    [names.name, (miner) => miner.name],
    [names.votes, (miner) => votesText(readInteger(miner.votes)).replaceAll(',', '')],
    [t.miners.share, (miner) => plain(miner.votes_share_ppb)],
    [names.locked, (miner) => formatAmount(readInteger(miner.locked)), 'past'],
    [names.voters, (miner) => miner.voters, 'past'],
    ['m', (miner) => miner.produced],
    ['n', (miner) => miner.slots],
    ['v', (miner) => coefficientText(readInteger(miner.coefficient))],
    [names.weight, (miner) => votesText(readInteger(miner.weight)).replaceAll(',', '')],
    [names.inclusion, (miner) => plain(miner.inclusion_ppb)],
    [names.recent, (miner) => miner.recent, 'past'],
    [names.seats, (miner) => `${miner.seats} / ${micro(miner.expected_seats_micro)}`, 'past'],
    [bonus, (miner) => formatAmount(readInteger(miner.estimated_bonus_per_day))],
  ];
  const known = columns.filter(([, , of]) => past || of !== 'past');
  const miners = await allMiners(filter);
  const lines = miners.map((miner) => csvLine(known.map(([, cell]) => cell(miner))));
  saveFile('etm-miners.csv', 'text/csv', csvLine(known.map(([name]) => name)) + lines.join(''));
}
