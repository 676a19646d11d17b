import { useState } from 'react';
import { useText } from '../i18n';
import type { ChartProps } from './chart-props';
import { Table } from './table';

/** The figures of a chart as a table, made when it is opened. */
export function ChartTable({
  label,
  axis,
  x,
  xText,
  yText,
  series,
}: Pick<ChartProps, 'label' | 'axis' | 'x' | 'xText' | 'yText' | 'series'>) {
  const t = useText();
  const [open, setOpen] = useState(false);
  return (
    <details className="more small" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.common.showTable}</summary>
      {open ? (
        <Table
          label={label}
          rows={x}
          rowKey={(at) => at}
          portion={200}
          columns={[
            { name: axis, cell: (at) => xText(at) },
            ...series.map((line) => ({
              name: line.name,
              num: true,
              cell: (_: number, index: number) => {
                const value = line.values[index] ?? null;
                return value === null ? t.common.none : yText(value);
              },
            })),
          ]}
        />
      ) : null}
    </details>
  );
}
