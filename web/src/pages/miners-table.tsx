/** The voting table on a wide window: real table elements laid out as grids, so that only the rows in view exist. */

import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef } from 'react';
import type { Miner, MinerSort, Order } from '../api/types';
import { useText } from '../i18n';
import { count } from '../lib/format';
import { Help } from '../ui/help';
import { type CellContext, knownColumns, type MinerColumn } from './miners-columns';
import { naturalOrder } from './miners-filter';
import { Star } from './miners-star';

const ROW_HEIGHT = 56;
/** Where each table was scrolled to, while the page is open: Back leads there. */
const places = new Map<string, number>();
/** How many digits each column of each table has needed so far: a shorter figure moves nothing. */
const longest = new Map<string, number>();

interface Props {
  readonly miners: readonly Miner[];
  readonly total: number;
  readonly drawRound: number;
  /** Whether the node knows what was. */
  readonly past: boolean;
  readonly columns: Record<string, boolean>;
  readonly sort: MinerSort;
  readonly order: Order | null;
  readonly onSort: (column: MinerSort) => void;
  readonly favourites: ReadonlySet<number>;
  readonly onFavourite: (id: number) => void;
  readonly context: CellContext;
  readonly more: () => void;
  readonly loadingMore: boolean;
  /** Changes when other rows are asked for: the table begins at its top again. */
  readonly resetKey: string;
  readonly onView: (ids: readonly number[]) => void;
}

/** As wide as the longest figure needs: digits are counted in `ch`, and nothing else in them is wider. */
function widthOf(column: MinerColumn, miners: readonly Miner[], context: CellContext, table: string): string {
  const key = `${table} ${column.id}`;
  const digits = miners.reduce(
    (most, miner) => Math.max(most, column.line?.(miner, context).length ?? 0),
    longest.get(key) ?? 0,
  );
  longest.set(key, digits);
  return `max(${column.width}px, ${digits + 1}ch + 1.25rem)`;
}

interface ShownColumn {
  readonly column: MinerColumn;
  readonly style: { readonly width: string };
}

/** A row is drawn anew when its figures change, not when others come, go or are scrolled. */
const Row = memo(function Row({
  miner,
  place,
  start,
  columns,
  context,
  marked,
  onFavourite,
}: {
  readonly miner: Miner;
  readonly place: number;
  /** How far down it begins, in pixels. */
  readonly start: number;
  readonly columns: readonly ShownColumn[];
  readonly context: CellContext;
  readonly marked: boolean;
  readonly onFavourite: (id: number) => void;
}) {
  return (
    <tr role="row" aria-rowindex={place} style={{ transform: `translateY(${start}px)` }}>
      <td role="cell" className="cell-favourite">
        <Star name={miner.name} marked={marked} onClick={() => onFavourite(miner.id)} />
      </td>
      {columns.map(({ column, style }) => (
        <td
          key={column.id}
          role="cell"
          className={`${column.numeric ? 'num' : ''} cell-${column.id}`}
          style={style}
        >
          {column.cell(miner, context)}
        </td>
      ))}
    </tr>
  );
});

const Head = memo(function Head({
  columns,
  sort,
  order,
  drawRound,
  onSort,
}: Pick<Props, 'sort' | 'order' | 'drawRound' | 'onSort'> & { readonly columns: readonly ShownColumn[] }) {
  const t = useText();
  const direction = (order ?? naturalOrder(sort)) === 'asc' ? 'ascending' : 'descending';
  return (
    <thead role="rowgroup">
      <tr role="row" aria-rowindex={1}>
        <th role="columnheader" className="cell-favourite" scope="col">
          <span className="visually-hidden">{t.miners.columns.favourite}</span>
        </th>
        {columns.map(({ column, style }) => {
          const name = t.miners.columns[column.id];
          const sorted = column.sort !== null && column.sort === sort;
          const { sort: by } = column;
          return (
            <th
              key={column.id}
              role="columnheader"
              scope="col"
              className={`${column.numeric ? 'num' : ''} cell-${column.id}`}
              style={style}
              aria-sort={sorted ? direction : undefined}
            >
              {by === null ? (
                <span>{name}</span>
              ) : (
                <button type="button" className="sort" onClick={() => onSort(by)}>
                  {name}
                  {sorted ? <span aria-hidden="true">{direction === 'ascending' ? '↑' : '↓'}</span> : null}
                </button>
              )}
              {column.help === undefined ? null : (
                <Help about={name}>{column.help(t, count(drawRound, t.locale))}</Help>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
});

/** Drawn anew only when what it shows changes: the page around it is, with every letter that is asked for and every round. */
export const MinersTable = memo(function MinersTable(props: Props) {
  const { miners, total, sort, order, context, more, resetKey, onView } = props;
  const t = useText();
  const scroll = useRef<HTMLDivElement>(null);
  const shown = useMemo(
    () => knownColumns(props.past).filter((column) => props.columns[column.id] === true),
    [props.past, props.columns],
  );
  const widths = useMemo(
    () => shown.map((column) => widthOf(column, miners, context, resetKey)).join('|'),
    [shown, miners, context, resetKey],
  );
  // The same while no figure is longer than before, so that rows stay as they are.
  const columns = useMemo((): readonly ShownColumn[] => {
    const each = widths.split('|');
    return shown.map((column, index) => ({ column, style: { width: each[index] ?? '' } }));
  }, [shown, widths]);
  const virtual = useVirtualizer({
    count: miners.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    initialRect: { width: 1200, height: 800 },
    initialOffset: places.get(resetKey) ?? 0,
  });
  const items = virtual.getVirtualItems();
  const firstIndex = items[0]?.index ?? 0;
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastIndex >= miners.length - 20) more();
  }, [lastIndex, miners.length, more]);
  useEffect(() => {
    const settled = setTimeout(
      () => onView(miners.slice(firstIndex, lastIndex + 1).map((miner) => miner.id)),
      300,
    );
    return () => clearTimeout(settled);
  }, [firstIndex, lastIndex, miners, onView]);
  const shownKey = useRef(resetKey);
  useEffect(() => {
    if (shownKey.current === resetKey) return;
    shownKey.current = resetKey;
    scroll.current?.scrollTo({ top: 0 });
  }, [resetKey]);
  return (
    <div
      className="miners-scroll"
      ref={scroll}
      tabIndex={0}
      role="group"
      aria-label={t.miners.tableLabel}
      onScroll={(event) => places.set(resetKey, event.currentTarget.scrollTop)}
    >
      <table className="miners-table" role="table" aria-rowcount={total + 1}>
        {/* Grid layout takes the table roles away in some browsers: they are given back by name. */}
        <Head columns={columns} sort={sort} order={order} drawRound={props.drawRound} onSort={props.onSort} />
        <tbody role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const miner = miners[item.index];
            return miner === undefined ? null : (
              <Row
                key={miner.id}
                miner={miner}
                place={item.index + 2}
                start={item.start}
                columns={columns}
                context={context}
                marked={props.favourites.has(miner.id)}
                onFavourite={props.onFavourite}
              />
            );
          })}
        </tbody>
      </table>
      {props.loadingMore ? (
        <p className="visually-hidden" role="status">
          {t.miners.loadingMore}
        </p>
      ) : null}
    </div>
  );
});
