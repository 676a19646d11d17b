/** Figures as people read them. Exact integers in; the only floats here are counts and durations. */

import type { Bytes } from './bytes';
import { formatRatio, UNITS_PER_ETM } from './amount';
import { VOTE_SCALE } from './mechanism/votes';

/** Makes formatters once: making one costs as much as a hundred uses, and a page of rows uses hundreds each second. */
function keptFormats<Options, Format>(
  make: (locale: string, options: Options) => Format,
): (locale: string, name: string, options: Options) => Format {
  const kept = new Map<string, Format>();
  return (locale, name, options) => {
    const key = `${locale} ${name}`;
    const known = kept.get(key) ?? make(locale, options);
    kept.set(key, known);
    return known;
  };
}

const numbers = keptFormats<Intl.NumberFormatOptions, Intl.NumberFormat>(
  (locale, options) => new Intl.NumberFormat(locale, options),
);
const instants = keptFormats<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>(
  (locale, options) => new Intl.DateTimeFormat(locale, options),
);

/** A count with thousands separated. */
export function count(value: number, locale: string): string {
  return numbers(locale, 'count', {}).format(value);
}

/** The same of a number in an address: what is none is left as it is. */
export function countOf(text: string, locale: string): string {
  return /^[0-9]{1,15}$/.test(text) ? count(Number(text), locale) : text;
}

/** A figure of a drawing, with at most so many decimals. */
export function plotted(value: number, locale: string, decimals: number): string {
  return numbers(locale, `plotted ${decimals}`, { maximumFractionDigits: decimals }).format(value);
}

/** A figure of a drawing, with at most so many digits that count. */
export function plottedDigits(value: number, locale: string, digits: number): string {
  return numbers(locale, `digits ${digits}`, { maximumSignificantDigits: digits }).format(value);
}

/** Raw votes or weight as the votes people see, rounded down to two decimals. */
export function votesText(raw: bigint): string {
  return formatRatio(raw, VOTE_SCALE, 2);
}

/** No line ends between a figure and its sign. */
export const PERCENT = '\u00a0%';

/** Parts per billion as a percentage. Small chances get more digits, so that they are not shown as 0. */
export function percent(ppb: number): string {
  if (ppb === 0) return `0${PERCENT}`;
  if (ppb < 100) return `<\u00a00.00001${PERCENT}`;
  const decimals = ppb >= 100_000_000 ? 1 : ppb >= 1_000_000 ? 2 : 5;
  return `${formatRatio(BigInt(ppb), 10_000_000n, decimals)}${PERCENT}`;
}

/** An amount for a column: always the same number of decimals, rounded down, so that the points stand under each other. */
export function amountColumn(units: bigint, decimals: number): string {
  const text = formatRatio(units, UNITS_PER_ETM, decimals);
  return units > 0n && /^[0.]+$/.test(text) ? `< ${text.replace(/0$/, '1')}` : text;
}

/** A chance or share for a column: always two decimals; what is there but smaller is said to be. */
export function percentColumn(ppb: number): string {
  if (ppb > 0 && ppb < 100_000) return `<\u00a00.01${PERCENT}`;
  return `${formatRatio(BigInt(ppb), 10_000_000n, 2)}${PERCENT}`;
}

/** A 32-bit fixed-point coefficient. */
export function coefficientText(raw: bigint): string {
  return formatRatio(raw, 1n << 32n, 3);
}

/** Millionths with one decimal. */
export function micro(value: number): string {
  return (Math.round(value / 100_000) / 10).toFixed(1);
}

function unit(value: number, name: string, locale: string, digits = 0): string {
  const options = { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits } as const;
  const text = numbers(locale, `${name} ${digits}`, options).format(value);
  // No line ends between a figure and its unit, and Chinese letters stand as far from a figure as everywhere on the page.
  return text.replace(/([0-9]) ?(?=\p{L})/u, '$1\u00a0');
}

/** A length of time, with at most two units. */
export function duration(ms: number, locale: string): string {
  const absolute = Math.max(0, ms);
  if (absolute < 1000) return unit(Math.round(absolute), 'millisecond', locale);
  const seconds = absolute / 1000;
  if (seconds < 10) return unit(seconds, 'second', locale, 1);
  const whole = Math.round(seconds);
  const pairs = [
    [86_400, 'day', 3600, 'hour'],
    [3600, 'hour', 60, 'minute'],
    [60, 'minute', 1, 'second'],
  ] as const;
  for (const [size, name, smaller, smallerName] of pairs) {
    if (whole < size) continue;
    const rest = Math.floor((whole % size) / smaller);
    const first = unit(Math.floor(whole / size), name, locale);
    return rest === 0 ? first : `${first} ${unit(rest, smallerName, locale)}`;
  }
  return unit(whole, 'second', locale);
}

/** Whether what lies so far ahead is told as about to happen: figures of less than a second are old when they are read. */
export function isImminent(ms: number): boolean {
  return ms < 1000;
}

/** An instant of the chain's clock, in the reader's time zone, which is named. */
export function instant(ms: number, locale: string): string {
  return instants(locale, 'instant', {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(ms);
}

/** An instant in few letters, with its zone. */
export function shortInstant(ms: number, locale: string): string {
  return instants(locale, 'short', {
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(ms);
}

/** Units as a float of ETM, for drawing only. */
export function plotEtm(units: bigint): number {
  return Number(units / 10n) / 10_000_000;
}

/** Raw votes as a float of the votes people see, for drawing only. */
export function plotVotes(raw: bigint): number {
  return Number((raw * 100n) / VOTE_SCALE) / 100;
}

/** The first and last characters of something long. */
export function shorten(text: string, head = 8, tail = 6): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** One line of a CSV file. Cells that a spreadsheet would run as a formula are made text. */
export function csvLine(cells: readonly (string | number)[]): string {
  const written = cells.map((cell) => {
    const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${written.join(',')}\r\n`;
}

/** Lets the reader save a text as a file. */
export function saveFile(name: string, type: string, content: string | Bytes): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
