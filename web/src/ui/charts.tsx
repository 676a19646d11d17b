/**
 * Charts in SVG: lines and bars. A point is read with the pointer, a finger or the arrow keys, and all figures are offered as a table,
 * too. Plotting is the one place where figures become floats.
 */

import { type PointerEvent, type RefCallback, useCallback, useId, useState } from 'react';
import { useText } from '../i18n';
import type { ChartProps, Series } from './chart-props';
import { ChartTable } from './chart-table';

const WIDTH_FIRST = 640;
const HEIGHT = 200;
/** The least room left of the drawing, and what keeps its figures apart from it. */
const LEFT = 56;
const LEFT_GAP = 8;
const RIGHT = 12;
const LETTER = 7;
const TOP = 10;
const BOTTOM = 24;

/** About as wide as a text is drawn: a letter of Chinese takes the room of two. */
function widthOf(text: string): number {
  const wide = text.match(/[\u2e80-\uffff]/g)?.length ?? 0;
  return (text.length + wide) * LETTER;
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
      if (found > 0) setWidth(Math.max(200, Math.round(found)));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [attach, width];
}

interface Scale {
  readonly px: (value: number) => number;
  readonly py: (value: number) => number;
  readonly ticks: readonly number[];
  readonly barWidth: number;
  /** Where the drawing begins, right of the longest figure. */
  readonly left: number;
}

/** Where values lie in the drawing; null if there is nothing to draw. */
function scaleOf({ x, series, kind, fromZero, yMax, yText }: ChartProps, width: number): Scale | null {
  const bars = kind === 'bars';
  const values = bars
    ? x.map((_, index) => series.reduce((sum, line) => sum + (line.values[index] ?? 0), 0))
    : series.flatMap((line) => line.values).filter((value) => value !== null);
  const first = x[0];
  const last = x.at(-1);
  if (first === undefined || last === undefined || values.length === 0) return null;
  const lowest = fromZero === true ? 0 : Math.min(...values);
  const highest = yMax ?? Math.max(...values, lowest);
  const step = Math.max(
    niceStep(highest - lowest || Math.abs(highest) || 1),
    // What is counted has no halves.
    (bars || series.every((line) => line.steps === true)) && values.every(Number.isInteger) ? 1 : 0,
  );
  const bottom = Math.floor(lowest / step) * step;
  const top = Math.max(bottom + step, Math.ceil(highest / step) * step);
  const ticks = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, n) => bottom + n * step);
  const figures = LEFT_GAP + Math.max(...ticks.map((tick) => widthOf(yText(tick))));
  const left = Math.min(Math.max(LEFT, figures), width / 2);
  const barWidth = Math.max(2, Math.min(28, ((width - left - RIGHT) / x.length) * 0.7));
  const inset = bars ? barWidth : 0;
  return {
    px: (value) =>
      last === first
        ? (left + width - RIGHT) / 2
        : left + inset + ((value - first) / (last - first)) * (width - left - RIGHT - 2 * inset),
    py: (value) => TOP + (1 - (value - bottom) / (top - bottom)) * (HEIGHT - TOP - BOTTOM),
    ticks,
    barWidth,
    left,
  };
}

function pathOf(line: Series, x: readonly number[], { px, py }: Scale): string {
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
}

export function Chart(props: ChartProps) {
  const { label, axis, x, xText, yText, series, kind = 'line' } = props;
  const t = useText();
  const id = useId();
  const [attach, width] = useWidth();
  const [chosen, setChosen] = useState<number | null>(null);
  const scale = scaleOf(props, width);
  const first = x[0];
  const last = x.at(-1);
  if (scale === null || first === undefined || last === undefined) return null;
  const at = chosen === null ? null : Math.min(chosen, x.length - 1);
  const textAt = (index: number) => {
    const values = series.map((line) => {
      const value = line.values[index] ?? null;
      return `${line.name} ${value === null ? t.common.none : yText(value)}`;
    });
    return `${xText(x[index] ?? first)}${t.marks.colon}${values.join(t.marks.list)}`;
  };
  const onPointerMove = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const pointed = ((event.clientX - box.left) / box.width) * width;
    let nearest = 0;
    x.forEach((value, index) => {
      if (Math.abs(scale.px(value) - pointed) < Math.abs(scale.px(x[nearest] ?? first) - pointed)) {
        nearest = index;
      }
    });
    setChosen(nearest);
  };
  return (
    <figure ref={attach} className="stack" aria-labelledby={id}>
      <div
        className="chart-frame"
        onPointerMove={onPointerMove}
        onPointerDown={onPointerMove}
        onPointerLeave={() => setChosen(null)}
      >
        <svg className="chart" viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-labelledby={id}>
          <title id={id}>{label}</title>
          <Axes {...{ scale, width, yText }} from={xText(first)} to={last === first ? '' : xText(last)} />
          {kind === 'bars' ? (
            <Bars x={x} series={series} scale={scale} />
          ) : (
            series.map((line) => (
              <path
                key={line.name}
                className={`line tone-${line.tone}${line.broad === true ? ' broad' : ''}`}
                d={pathOf(line, x, scale)}
              />
            ))
          )}
          {at === null ? null : (
            <line
              className="cursor"
              x1={scale.px(x[at] ?? first)}
              x2={scale.px(x[at] ?? first)}
              y1={TOP}
              y2={HEIGHT - BOTTOM}
            />
          )}
        </svg>
        <input
          type="range"
          className="chart-range"
          aria-label={t.common.readChart(label)}
          min={0}
          max={x.length - 1}
          value={at ?? x.length - 1}
          aria-valuetext={textAt(at ?? x.length - 1)}
          onChange={(event) => setChosen(Number(event.target.value))}
          onFocus={() => setChosen((now) => now ?? x.length - 1)}
          onBlur={() => setChosen(null)}
        />
      </div>
      <div className="legend" aria-hidden="true">
        {series.map((line) => (
          <span key={line.name} className={`tone-${line.tone}`}>
            {line.name}
          </span>
        ))}
      </div>
      <p className="chart-read small" aria-hidden="true">
        {at === null ? t.common.chartHint : textAt(at)}
      </p>
      <ChartTable {...{ label, axis, x, xText, yText, series }} />
    </figure>
  );
}

function Axes({
  scale,
  width,
  yText,
  from,
  to,
}: {
  readonly scale: Scale;
  readonly width: number;
  readonly yText: (y: number) => string;
  readonly from: string;
  readonly to: string;
}) {
  // Long names of the ends take the room below the other axis too: neither stands over the other.
  const { left } = scale;
  const crowded = widthOf(from) + widthOf(to) > width - left - RIGHT;
  return (
    <>
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line
            className={tick === 0 ? 'zero' : 'axis'}
            x1={left}
            x2={width - RIGHT}
            y1={scale.py(tick)}
            y2={scale.py(tick)}
          />
          <text x={left - LEFT_GAP} y={scale.py(tick) + 4} textAnchor="end">
            {yText(tick)}
          </text>
        </g>
      ))}
      <text x={crowded ? 0 : left} y={HEIGHT - 6}>
        {from}
      </text>
      <text x={width - RIGHT} y={HEIGHT - 6} textAnchor="end">
        {to}
      </text>
    </>
  );
}

function Bars({
  x,
  series,
  scale,
}: {
  readonly x: readonly number[];
  readonly series: readonly Series[];
  readonly scale: Scale;
}) {
  return x.map((at, index) => {
    let base = 0;
    return series.map((line) => {
      const value = line.values[index] ?? 0;
      const from = scale.py(base);
      base += value;
      return value === 0 ? null : (
        <rect
          key={`${line.name}${at}`}
          className={`bar tone-${line.tone}`}
          x={scale.px(at) - scale.barWidth / 2}
          y={scale.py(base)}
          width={scale.barWidth}
          height={Math.max(1, from - scale.py(base))}
        />
      );
    });
  });
}
