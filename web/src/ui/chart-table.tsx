import { useState } from 'react';
import { useText } from '../i18n';
import type { ChartProps } from './charts';

/** The figures of a chart as a table, made when it is opened. */
export function ChartTable({
  label,
  x,
  xText,
  yText,
  series,
}: Pick<ChartProps, 'label' | 'x' | 'xText' | 'yText' | 'series'>) {
  const t = useText();
  const [open, setOpen] = useState(false);
  return (
    <details className="more small" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.common.showTable}</summary>
      {open ? (
        <div className="table-wrap" tabIndex={0} role="group" aria-label={label}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">
                  <span className="visually-hidden">x</span>
                </th>
                {series.map((line) => (
                  <th key={line.name} scope="col" className="num">
                    {line.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {x.map((at, index) => (
                <tr key={at}>
                  <td>{xText(at)}</td>
                  {series.map((line) => {
                    const value = line.values[index] ?? null;
                    return (
                      <td key={line.name} className="num">
                        {value === null ? t.common.none : yText(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  );
}
