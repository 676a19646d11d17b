import { type ReactNode, useState } from 'react';
import { useText } from '../i18n';

const FIRST = 50;

/** A long table that begins short: its rows come in portions, so that thousands don't stop the page. */
export function PortionedTable<Row>({
  label,
  head,
  rows,
  row,
}: {
  readonly label: string;
  readonly head: ReactNode;
  readonly rows: readonly Row[];
  readonly row: (row: Row) => ReactNode;
}) {
  const t = useText();
  const [shown, setShown] = useState(FIRST);
  return (
    <>
      <div className="table-wrap" tabIndex={0} role="group" aria-label={label}>
        <table className="plain">
          <thead>{head}</thead>
          <tbody>{rows.slice(0, shown).map(row)}</tbody>
        </table>
      </div>
      {shown >= rows.length ? null : (
        <button type="button" className="button small" onClick={() => setShown(shown + 200)}>
          {t.common.more}
        </button>
      )}
    </>
  );
}
