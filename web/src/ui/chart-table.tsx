import { useState } from 'react';
import { useText } from '../i18n';
import { decimalsOf } from '../lib/amount';
import type { ChartProps } from './chart-props';
import { useNarrow } from './media';
import { Table } from './table';

/** With so many decimals, so that points stand under each other. */
function padded(figure: string, decimals: number): string {
  if (!/[0-9]$/.test(figure) || decimals === 0) return figure;
  const missing = '0'.repeat(decimals - decimalsOf(figure));
  return figure.includes('.') ? figure + missing : `${figure}.${missing}`;
}

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
  const narrow = useNarrow();
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
            { name: axis, cell: (at) => <span className="figure">{xText(at)}</span> },
            ...series.map((line) => {
              const texts = line.values.map((value) => (value === null ? t.common.none : yText(value)));
              const decimals = narrow ? 0 : Math.max(0, ...texts.map(decimalsOf));
              return {
                name: line.name,
                num: true,
                cell: (_: number, index: number) => padded(texts[index] ?? t.common.none, decimals),
              };
            }),
          ]}
        />
      ) : null}
    </details>
  );
}
