/**
 * The one way this page shows a table: columns with their names and cells. On a narrow window each row becomes a card of named figures,
 * so that nothing lies beyond the edge.
 */

import { type ReactNode, useState } from 'react';
import { Explained, type Word } from '../help/term';
import { useText } from '../i18n';
import { decimalsOfAll } from '../lib/amount';
import { useNarrow } from './media';
import { Amount } from './parts';

export interface Column<Row> {
  readonly name: string;
  /** Figures are set to the right, and never broken. */
  readonly num?: boolean;
  /** Takes a line of its own in a card: text, addresses, hashes. */
  readonly wide?: boolean;
  /** Says what its row is about. */
  readonly title?: boolean;
  /** The name is for those who can't see that it goes without saying. */
  readonly unnamed?: boolean;
  /** The word of the glossary that explains it. */
  readonly word?: Word;
  readonly cell: (row: Row, index: number) => ReactNode;
}

/** A column of amounts: their points stand under each other. `of` gives units, or nothing where none is known. */
interface AmountColumn<Row> extends Omit<Column<Row>, 'cell' | 'num' | 'wide' | 'title'> {
  readonly of: (row: Row, index: number) => string | bigint | null | undefined;
}

export type AnyColumn<Row> = Column<Row> | AmountColumn<Row>;

/** In a card no amount stands under another. */
function withAmounts<Row>(
  column: AnyColumn<Row>,
  rows: readonly Row[],
  narrow: boolean,
  none: string,
): Column<Row> {
  if ('cell' in column) return column;
  const { of, ...rest } = column;
  const decimals = narrow ? 0 : decimalsOfAll(rows.map(of).filter((units) => units != null));
  const cell = (row: Row, index: number) => {
    const units = of(row, index);
    return units == null ? none : <Amount units={units} decimals={decimals} />;
  };
  return { ...rest, num: true, cell };
}

/** Leaves out the columns that are not wanted. */
export function columnsOf<Row>(...columns: readonly (AnyColumn<Row> | false)[]): readonly AnyColumn<Row>[] {
  return columns.filter((column) => column !== false);
}

/** How many cards a table begins with: what is beyond is for those who ask. */
const CARDS = 10;

const kindOf = ({ num, wide, title }: Column<never>) =>
  [num === true ? 'num' : '', wide === true ? 'wide' : '', title === true ? 'title' : ''].join(' ').trim() ||
  undefined;

export function Table<Row>({
  label,
  columns: given,
  rows,
  rowKey,
  empty,
  portion = Infinity,
  more: beyond = null,
}: {
  readonly label: string;
  readonly columns: readonly AnyColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row, index: number) => string | number;
  /** What is said if there are no rows. */
  readonly empty?: string;
  /** How many rows a long table begins with. */
  readonly portion?: number;
  /** How to get more rows than these. */
  readonly more?: ReactNode;
}) {
  const t = useText();
  const narrow = useNarrow();
  const [more, setMore] = useState(0);
  const shown = Math.min(portion, narrow ? CARDS : Infinity) + more;
  const visible = rows.slice(0, shown);
  const columns = given.map((column) => withAmounts(column, visible, narrow, t.common.none));
  if (rows.length === 0 && empty !== undefined) return <p className="empty">{empty}</p>;
  return (
    <>
      <div className="table-wrap" tabIndex={0} role="group" aria-label={label}>
        {/* Cards take the table's roles away in some browsers: they are given back by name. */}
        <table className="plain stacking" role="table">
          <thead role="rowgroup">
            <tr role="row">
              {columns.map((column) => (
                <th key={column.name} scope="col" role="columnheader" className={kindOf(column)}>
                  <span className={column.unnamed === true ? 'visually-hidden' : undefined}>
                    <Explained word={column.word}>{column.name}</Explained>
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {visible.map((row, index) => (
              <tr key={rowKey(row, index)} role="row">
                {columns.map((column) => {
                  const props = {
                    className: kindOf(column),
                    'data-name': column.unnamed === true || column.title === true ? undefined : column.name,
                    children: column.cell(row, index),
                  };
                  return column.title === true ? (
                    <th key={column.name} scope="row" role="rowheader" {...props} />
                  ) : (
                    <td key={column.name} role="cell" {...props} />
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown >= rows.length ? (
        beyond
      ) : (
        <p className="empty">
          <button
            type="button"
            className="button small"
            onClick={() => setMore(more + (narrow ? 2 * CARDS : 200))}
          >
            {t.common.more}
          </button>
        </p>
      )}
    </>
  );
}
