import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { columnVisibilityFeature, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState, type ReactElement } from 'react';
import { accountQuery, allMiners, type MinersFilter, minersQuery } from '../api/queries';
import type { Miner, MinerPage, MinerSort, MinerTab, Order } from '../api/types';
import { useText } from '../i18n';
import { formatAmount, readInteger } from '../lib/amount';
import { coefficientText, count, csvLine, micro, percent, saveFile, votesText } from '../lib/format';
import { readSetting, writeSetting } from '../lib/settings';
import { Field, Tabs } from '../ui/form';
import { useAddressSearch } from '../ui/address-bar';
import { Failure, Loaded, PageHead } from '../ui/parts';
import { useWallet } from '../wallet/context';
import { MINER_COLUMNS } from './miners-columns';

const TABS = ['all', 'committee', 'announced', 'not_elected_lately', 'mine', 'favourites'] as const;
const ROW_HEIGHT = 56;
const features = tableFeatures({ columnVisibilityFeature });
const columns = MINER_COLUMNS.map(({ id, width }) => ({ id, size: width }));
const NO_MINERS: Miner[] = [];

function readFavourites(): ReadonlySet<number> {
  const ids = (readSetting('favourites') ?? '').split(',').filter((id) => /^[0-9]{1,10}$/.test(id));
  return new Set(ids.slice(0, 500).map(Number));
}

function readHidden(): Record<string, boolean> {
  const hidden = (readSetting('columns') ?? '').split(',');
  return Object.fromEntries(hidden.filter((id) => id !== '').map((id) => [id, false]));
}

export function MinersPage(): ReactElement {
  const t = useText();
  const search = useAddressSearch();
  const navigate = useNavigate({ from: '/miners' });
  const { active } = useWallet();
  const address = active?.address ?? null;
  const account = useQuery({ ...accountQuery(address ?? ''), enabled: address !== null });
  const [favourites, setFavourites] = useState(readFavourites);
  const [hidden, setHidden] = useState(readHidden);
  const [gain, setGain] = useState<number | null>(null);
  const [typed, setTyped] = useState(search['q'] ?? '');
  const wanted = useDeferredValue(typed);
  const panel = useId();

  const tab = TABS.find((known) => known === search['tab']) ?? 'all';
  const sort = (MINER_COLUMNS.find((column) => column.sort === search['sort'])?.sort ??
    'fair') satisfies MinerSort;
  const order: Order | null =
    search['order'] === 'asc' || search['order'] === 'desc' ? search['order'] : null;
  const myGain = gain ?? account.data?.position?.time_gain ?? 1;
  const apiTab: MinerTab = tab === 'favourites' ? 'all' : tab;
  const filter: MinersFilter = {
    sort,
    order,
    tab: apiTab,
    q: wanted.trim().slice(0, 64),
    ids: tab === 'favourites' ? [...favourites].join(',') : null,
    account: address,
    time_gain: myGain,
  };
  const unanswerable =
    (tab === 'mine' && address === null) || (tab === 'favourites' && favourites.size === 0);
  const query = useInfiniteQuery({
    ...minersQuery(filter),
    enabled: !unanswerable,
    placeholderData: keepPreviousData,
  });
  const first = query.data?.pages[0];

  useEffect(() => {
    const q = wanted.trim();
    if (q === (search['q'] ?? '')) return;
    void navigate({ search: { ...search, q: q === '' ? undefined : q }, replace: true });
  }, [wanted, search, navigate]);

  const setSort = (column: MinerSort | null) => {
    const next =
      sort !== column ? null : order === null || order === naturalOrder(column) ? flipped(column) : null;
    const back = sort === column && next === null;
    void navigate({
      search: { ...search, sort: back ? undefined : (column ?? undefined), order: next ?? undefined },
    });
  };
  const toggleFavourite = (id: number) => {
    const next = new Set(favourites);
    if (!next.delete(id)) next.add(id);
    writeSetting('favourites', [...next].join(','));
    setFavourites(next);
  };
  const toggleColumn = (id: string) => {
    const next = { ...hidden, [id]: hidden[id] === false };
    writeSetting(
      'columns',
      Object.keys(next)
        .filter((key) => next[key] === false)
        .join(','),
    );
    setHidden(next);
  };

  return (
    <>
      <PageHead title={t.miners.title} lead={t.miners.lead} />
      <section className="sheet">
        <Tabs
          label={t.miners.tabsLabel}
          tabs={TABS.map((key) => ({ key, label: t.miners.tabs[key] }))}
          chosen={tab}
          panel={panel}
          onChoose={(key) => void navigate({ search: { ...search, tab: key === 'all' ? undefined : key } })}
        />
        <div id={panel} role="tabpanel" aria-label={t.miners.tabs[tab]}>
          <div className="toolbar">
            <div className="grow">
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
            </div>
            <Field label={t.miners.myGain}>
              {(props) => (
                <select {...props} value={myGain} onChange={(event) => setGain(Number(event.target.value))}>
                  {Array.from({ length: 32 }, (_, index) => (
                    <option key={index} value={index + 1}>
                      {index + 1}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <details className="columns-menu">
              <summary className="button">{t.miners.columnsLabel}</summary>
              <div>
                {MINER_COLUMNS.filter((column) => column.id !== 'name').map((column) => (
                  <label key={column.id} className="row">
                    <input
                      type="checkbox"
                      checked={hidden[column.id] !== false}
                      onChange={() => toggleColumn(column.id)}
                    />
                    {t.miners.columns[column.id]}
                  </label>
                ))}
              </div>
            </details>
            <button
              type="button"
              className="button"
              disabled={unanswerable}
              onClick={() => void exportCsv(filter, t.miners.columns)}
            >
              {t.common.csv}
            </button>
          </div>
          <div className="toolbar small muted" role="status">
            {sort === 'fair' ? (
              <span>{first === undefined ? null : t.miners.fairNote(count(first.round, t.locale))}</span>
            ) : (
              <>
                <span>{t.miners.sortedNote(columnName(sort, t.miners.columns))}</span>
                <button
                  type="button"
                  className="link-button"
                  onClick={() => void navigate({ search: { ...search, sort: undefined, order: undefined } })}
                >
                  {t.miners.fairAgain}
                </button>
              </>
            )}
            {first === undefined ? null : <span>{t.miners.count(count(first.total, t.locale))}</span>}
          </div>
          {unanswerable ? (
            <p className="empty">{tab === 'mine' ? t.miners.emptyMineNoWallet : t.miners.emptyFavourites}</p>
          ) : (
            <Loaded query={query} lines={12}>
              {(data) => (
                <MinersTable
                  pages={data.pages}
                  hidden={hidden}
                  sort={sort}
                  order={order}
                  onSort={setSort}
                  favourites={favourites}
                  onFavourite={toggleFavourite}
                  empty={tab === 'mine' ? t.miners.emptyMine : t.miners.empty}
                  more={() => {
                    if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
                  }}
                  loadingMore={query.isFetchingNextPage}
                  resetKey={JSON.stringify(filter)}
                />
              )}
            </Loaded>
          )}
          {query.data !== undefined && query.isError ? <Failure error={query.error} /> : null}
        </div>
      </section>
    </>
  );
}

function naturalOrder(sort: MinerSort | null): Order {
  return sort === 'rank' || sort === 'name' || sort === 'id' ? 'asc' : 'desc';
}

function flipped(sort: MinerSort | null): Order {
  return naturalOrder(sort) === 'asc' ? 'desc' : 'asc';
}

function columnName(sort: MinerSort, names: Readonly<Record<string, string>>): string {
  return names[MINER_COLUMNS.find((column) => column.sort === sort)?.id ?? ''] ?? sort;
}

function MinersTable({
  pages,
  hidden,
  sort,
  order,
  onSort,
  favourites,
  onFavourite,
  empty,
  more,
  loadingMore,
  resetKey,
}: {
  readonly pages: readonly MinerPage[];
  readonly hidden: Record<string, boolean>;
  readonly sort: MinerSort;
  readonly order: Order | null;
  readonly onSort: (column: MinerSort | null) => void;
  readonly favourites: ReadonlySet<number>;
  readonly onFavourite: (id: number) => void;
  readonly empty: string;
  readonly more: () => void;
  readonly loadingMore: boolean;
  readonly resetKey: string;
}) {
  const t = useText();
  const scroll = useRef<HTMLDivElement>(null);
  const miners = useMemo(() => {
    const seen = new Set<number>();
    const rows = pages.flatMap((page) => page.miners);
    // A miner may slip to the next page between two answers.
    const distinct = rows.filter((miner) => !seen.has(miner.id) && seen.add(miner.id));
    return distinct.length === 0 ? NO_MINERS : distinct;
  }, [pages]);
  const table = useTable({
    features,
    columns,
    data: miners,
    state: { columnVisibility: hidden },
    getRowId: (miner: Miner) => String(miner.id),
  });
  const rows = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    initialRect: { width: 1200, height: 800 },
  });
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastIndex >= rows.length - 20) more();
  }, [lastIndex, rows.length, more]);
  useEffect(() => {
    scroll.current?.scrollTo({ top: 0 });
  }, [resetKey]);
  const first = pages[0];
  if (rows.length === 0) return <p className="empty">{empty}</p>;
  const direction = (order ?? naturalOrder(sort)) === 'asc' ? 'ascending' : 'descending';
  return (
    <div className="miners-scroll" ref={scroll} tabIndex={0} role="group" aria-label={t.miners.tableLabel}>
      <table className="miners-table" role="table" aria-rowcount={(first?.total ?? rows.length) + 1}>
        {/* Grid layout takes the table roles away in some browsers: they are given back by name. */}
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            <th role="columnheader" className="cell-favourite" scope="col">
              <span className="visually-hidden">{t.miners.columns.favourite}</span>
            </th>
            {table.getVisibleLeafColumns().map((column) => {
              const spec = MINER_COLUMNS.find((known) => known.id === column.id);
              if (spec === undefined) return null;
              const name = t.miners.columns[spec.id];
              const sorted = spec.sort !== null && spec.sort === sort;
              return (
                <th
                  key={column.id}
                  role="columnheader"
                  scope="col"
                  className={`${spec.numeric ? 'num' : ''} cell-${spec.id}`}
                  style={{ width: spec.width }}
                  aria-sort={sorted ? direction : undefined}
                  title={spec.help?.(t, count(first?.draw_round ?? 0, t.locale))}
                >
                  {spec.sort === null ? (
                    name
                  ) : (
                    <button type="button" onClick={() => onSort(spec.sort)}>
                      {name}
                      {sorted ? (
                        <span aria-hidden="true">{direction === 'ascending' ? '↑' : '↓'}</span>
                      ) : null}
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const miner = row.original;
            const marked = favourites.has(miner.id);
            return (
              <tr
                key={row.id}
                role="row"
                aria-rowindex={item.index + 2}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <td role="cell" className="cell-favourite">
                  <button
                    type="button"
                    className="icon-button"
                    aria-pressed={marked}
                    aria-label={
                      marked ? t.miners.favouriteRemove(miner.name) : t.miners.favouriteAdd(miner.name)
                    }
                    onClick={() => onFavourite(miner.id)}
                  >
                    {marked ? '★' : '☆'}
                  </button>
                </td>
                {row.getVisibleCells().map((cell) => {
                  const spec = MINER_COLUMNS.find((known) => known.id === cell.column.id);
                  return spec === undefined ? null : (
                    <td
                      key={cell.id}
                      role="cell"
                      className={`${spec.numeric ? 'num' : ''} cell-${spec.id}`}
                      style={{ width: spec.width }}
                    >
                      {spec.cell(miner, t)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
      {loadingMore ? (
        <p className="visually-hidden" role="status">
          {t.miners.loadingMore}
        </p>
      ) : null}
    </div>
  );
}

async function exportCsv(filter: MinersFilter, names: Readonly<Record<string, string>>): Promise<void> {
  const miners = await allMiners(filter);
  const header = [
    'id',
    names['rank'] ?? '',
    names['name'] ?? '',
    names['votes'] ?? '',
    names['share'] ?? '',
    names['locked'] ?? '',
    names['voters'] ?? '',
    'm',
    'n',
    'v',
    names['weight'] ?? '',
    names['inclusion'] ?? '',
    names['recent'] ?? '',
    names['seats'] ?? '',
    names['bonus'] ?? '',
  ];
  const lines = miners.map((miner) =>
    csvLine([
      miner.id,
      miner.rank,
      miner.name,
      votesText(readInteger(miner.votes)).replaceAll(',', ''),
      percent(miner.votes_share_ppb),
      formatAmount(readInteger(miner.locked)),
      miner.voters,
      miner.produced,
      miner.slots,
      coefficientText(readInteger(miner.coefficient)),
      votesText(readInteger(miner.weight)).replaceAll(',', ''),
      percent(miner.inclusion_ppb),
      miner.recent,
      `${miner.seats} / ${micro(miner.expected_seats_micro)}`,
      formatAmount(readInteger(miner.estimated_bonus_per_day)),
    ]),
  );
  saveFile('etm-miners.csv', 'text/csv', csvLine(header) + lines.join(''));
}
