/** Figures as people read them. Exact integers in; the only floats here are counts and durations. */

import { formatRatio } from './amount';
import { VOTE_SCALE } from './mechanism/votes';

/** A count with thousands separated. */
export function count(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** Raw votes or weight as the votes people see, rounded down to two decimals. */
export function votesText(raw: bigint): string {
  return formatRatio(raw, VOTE_SCALE, 2);
}

/** Parts per billion as a percentage. Small chances get more digits, so that they are not shown as 0. */
export function percent(ppb: number): string {
  if (ppb === 0) return '0 %';
  const decimals = ppb >= 100_000_000 ? 1 : ppb >= 1_000_000 ? 2 : 5;
  return `${formatRatio(BigInt(ppb), 10_000_000n, decimals)} %`;
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
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: name,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
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

/** An instant of the chain's clock. */
export function instant(ms: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(ms);
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
export function saveFile(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
