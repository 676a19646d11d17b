/** Small charts in SVG: lines, bars, a spark line and a confidence band. Their figures are offered as a table, too. */

import { type RefCallback, useCallback, useId, useState } from 'react';
import { useText } from '../i18n';

const WIDTH_FIRST = 640;
const HEIGHT = 200;
const LEFT = 56;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 24;

export interface Series {
  readonly name: string;
  /** The same x for all series. Plotting is the one place where figures become floats. */
  readonly values: readonly (number | null)[];
  /** Draws steps instead of slopes. */
  readonly steps?: boolean;
  /** Draws a broad pale line, on which another can lie and both be seen. */
  readonly broad?: boolean;
}

export interface ChartProps {
  readonly label: string;
  readonly x: readonly number[];
  readonly xText: (x: number) => string;
  readonly yText: (y: number) => string;
  readonly series: readonly Series[];
  readonly kind?: 'line' | 'bars';
  readonly fromZero?: boolean;
  readonly yMax?: number;
}

function niceStep(span: number): number {
  if (span <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(span / 3));
  const steps = [1, 2, 5, 10].map((factor) => factor * power);
  return steps.find((step) => span / step <= 4) ?? 10 * power;
}

/** The width there is, so that letters in a chart are as large as those around it. */
function useWidth(): [RefCallback<Element>, number] {
  const [width, setWidth] = useState(WIDTH_FIRST);
  const attach = useCallback((element: Element | null) => {
    if (element === null) return undefined;
    const observer = new ResizeObserver((entries) => {
      const found = entries[0]?.contentRect.width ?? 0;
      if (found > 0) setWidth(Math.max(240, Math.round(found)));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [attach, width];
}

export function Chart({ label, x, xText, yText, series, kind = 'line', fromZero = false, yMax }: ChartProps) {
  const t = useText();
  const id = useId();
  const [attach, width] = useWidth();
  const values =
    kind === 'bars'
      ? x.map((_, index) => series.reduce((sum, line) => sum + (line.values[index] ?? 0), 0))
      : series.flatMap((line) => line.values).filter((value) => value !== null);
  const first = x[0];
  const last = x.at(-1);
  if (first === undefined || last === undefined || values.length === 0) return null;
  const lowest = fromZero ? 0 : Math.min(...values);
  const highest = yMax ?? Math.max(...values, lowest);
  const step = Math.max(
    niceStep(highest - lowest || Math.abs(highest) || 1),
    kind === 'bars' && values.every(Number.isInteger) ? 1 : 0,
  );
  const bottom = Math.floor(lowest / step) * step;
  const top = Math.max(bottom + step, Math.ceil(highest / step) * step);
  const ticks = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, n) => bottom + n * step);
  const barWidth = Math.max(2, Math.min(28, ((width - LEFT - RIGHT) / x.length) * 0.7));
  const inset = kind === 'bars' ? barWidth : 0;
  const px = (value: number) =>
    last === first
      ? (LEFT + width - RIGHT) / 2
      : LEFT + inset + ((value - first) / (last - first)) * (width - LEFT - RIGHT - 2 * inset);
  const py = (value: number) => TOP + (1 - (value - bottom) / (top - bottom)) * (HEIGHT - TOP - BOTTOM);
  const path = (line: Series) => {
    let text = '';
    let previous: number | null = null;
    x.forEach((at, index) => {
      const value = line.values[index] ?? null;
      if (value !== null) {
        const point = `${px(at).toFixed(1)} ${py(value).toFixed(1)}`;
        if (previous === null) text += `M${point}`;
        else if (line.steps === true) text += `H${px(at).toFixed(1)}V${py(value).toFixed(1)}`;
        else text += `L${point}`;
      }
      previous = value;
    });
    return text;
  };
  return (
    <figure ref={attach} className="stack" aria-labelledby={id}>
      <svg className="chart" viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-labelledby={id}>
        <title id={id}>{label}</title>
        {ticks.map((tick) => (
          <g key={tick}>
            <line
              className={tick === 0 ? 'zero' : 'axis'}
              x1={LEFT}
              x2={width - RIGHT}
              y1={py(tick)}
              y2={py(tick)}
            />
            <text x={LEFT - 8} y={py(tick) + 4} textAnchor="end">
              {yText(tick)}
            </text>
          </g>
        ))}
        <text x={LEFT} y={HEIGHT - 6}>
          {xText(first)}
        </text>
        {last === first ? null : (
          <text x={width - RIGHT} y={HEIGHT - 6} textAnchor="end">
            {xText(last)}
          </text>
        )}
        {kind === 'bars'
          ? x.map((at, index) => {
              let base = 0;
              return series.map((line, number) => {
                const value = line.values[index] ?? 0;
                const from = py(base);
                base += value;
                return value === 0 ? null : (
                  <rect
                    key={`${line.name}${at}`}
                    className={`bar${number}`}
                    x={px(at) - barWidth / 2}
                    y={py(base)}
                    width={barWidth}
                    height={Math.max(1, from - py(base))}
                  />
                );
              });
            })
          : series.map((line, number) => (
              <path
                key={line.name}
                className={`s${number}${line.broad === true ? ' broad' : ''}`}
                d={path(line)}
              />
            ))}
      </svg>
      {series.length > 1 ? (
        <div className="legend" aria-hidden="true">
          {series.map((line, number) => (
            <span key={line.name} className={LEGEND[kind][number] ?? ''}>
              {line.name}
            </span>
          ))}
        </div>
      ) : null}
      <details className="more small">
        <summary>{t.common.showTable}</summary>
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
      </details>
    </figure>
  );
}

const LEGEND = {
  line: ['k-done', 'k-second', 'k-third'],
  bars: ['k-done', 'k-missed'],
} as const;

/** One tick a round; filled where the miner had a seat. */
export function Spark({ recent, label }: { readonly recent: string; readonly label: string }) {
  const width = 100;
  const bits = recent.slice(-100);
  const size = bits.length === 0 ? 1 : Math.min(4, width / bits.length);
  return (
    <svg
      className="spark"
      width={width}
      height={18}
      viewBox={`0 0 ${width} 18`}
      role="img"
      aria-label={label}
    >
      <line x1={0} x2={width} y1={17.5} y2={17.5} stroke="var(--line)" />
      {Array.from(bits, (bit, index) =>
        bit === '1' ? (
          <rect
            key={index}
            x={width - (bits.length - index) * size}
            y={2}
            width={Math.max(0.8, size - 0.4)}
            height={15}
            fill="currentColor"
          />
        ) : null,
      )}
    </svg>
  );
}

/** Actual against expected, with the range of twice the standard deviation. In millionths. */
export function Band({
  actual,
  expected,
  deviation,
  label,
}: {
  readonly actual: number;
  readonly expected: number;
  readonly deviation: number;
  readonly label: string;
}) {
  const width = 96;
  const low = Math.max(0, expected - 2 * deviation);
  const high = expected + 2 * deviation;
  const span = Math.max(high, actual, 1) * 1.1;
  const at = (value: number) => 4 + (value / span) * (width - 8);
  const outside = actual < low || actual > high;
  return (
    <svg className="band" width={width} height={16} viewBox={`0 0 ${width} 16`} role="img" aria-label={label}>
      <line x1={4} x2={width - 4} y1={8} y2={8} stroke="var(--line)" />
      <line className="range" x1={at(low)} x2={at(high)} y1={8} y2={8} />
      <line className="expected" x1={at(expected)} x2={at(expected)} y1={3} y2={13} />
      <circle className={outside ? 'actual outside' : 'actual'} cx={at(actual)} cy={8} r={4} />
    </svg>
  );
}
