/**
 * Amounts are whole units (10^8 units are 1 ETM) in bigints, from the wire to the screen. No float ever
 * holds one: text is parsed and printed digit by digit.
 */

export const DECIMALS = 8;
export const UNITS_PER_ETM = 100_000_000n;
export const MAX_AMOUNT = (1n << 64n) - 1n;

/** What stands after an amount in a text: no line ends between them. */
export const ETM = '\u00a0ETM';

/** Why a text is no amount. */
export type AmountProblem = 'empty' | 'characters' | 'decimals' | 'tooLarge';

export type ParsedAmount =
  { readonly ok: true; readonly units: bigint } | { readonly ok: false; readonly problem: AmountProblem };

/**
 * Reads what a person types, as the command line does: digits, with a point before at most 8 decimals. Signs, exponents, grouping and
 * digits of other scripts are refused rather than guessed at. Spaces around the number are ignored.
 */
export function parseAmount(text: string): ParsedAmount {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: false, problem: 'empty' };
  const match = /^([0-9]+)(?:\.([0-9]+))?$/.exec(trimmed);
  if (match === null) return { ok: false, problem: 'characters' };
  const whole = match[1] ?? '';
  const decimals = match[2] ?? '';
  if (decimals.length > DECIMALS) return { ok: false, problem: 'decimals' };
  if (whole.replace(/^0+/, '').length > 12) return { ok: false, problem: 'tooLarge' };
  const units = BigInt(whole) * UNITS_PER_ETM + BigInt(decimals.padEnd(DECIMALS, '0'));
  return units > MAX_AMOUNT ? { ok: false, problem: 'tooLarge' } : { ok: true, units };
}

export interface FormatOptions {
  /** Separator of thousands; none if left out. */
  readonly group?: string;
  /** Print at least this many decimals. */
  readonly minDecimals?: number;
}

/** Prints all digits: `1250000000n` is `12.5`. */
export function formatAmount(units: bigint, options: FormatOptions = {}): string {
  const sign = units < 0n ? '-' : '';
  const absolute = units < 0n ? -units : units;
  const whole = (absolute / UNITS_PER_ETM).toString();
  const decimals = (absolute % UNITS_PER_ETM)
    .toString()
    .padStart(DECIMALS, '0')
    .replace(/0+$/, '')
    .padEnd(options.minDecimals ?? 0, '0');
  const grouped = options.group === undefined ? whole : groupDigits(whole, options.group);
  return decimals === '' ? sign + grouped : `${sign}${grouped}.${decimals}`;
}

/** How many decimals a printed figure has. */
export function decimalsOf(figure: string): number {
  return figure.split('.')[1]?.length ?? 0;
}

/** As many decimals as the longest of these amounts has: with them their points stand under each other. */
export function decimalsOfAll(units: readonly (string | bigint)[]): number {
  return Math.max(0, ...units.map((one) => decimalsOf(formatAmount(BigInt(one)))));
}

/** Separates the thousands of a string of digits. */
export function groupDigits(digits: string, separator = ','): string {
  return digits.replace(/\B(?=(?:[0-9]{3})+$)/g, separator);
}

/**
 * A quotient with a fixed number of decimals, rounded down: what votes, shares and chances are printed with.
 * Exact integers in, text out.
 */
export function formatRatio(numerator: bigint, denominator: bigint, decimals: number): string {
  if (denominator <= 0n) throw new RangeError('the denominator must be above 0');
  const scaled = (numerator * 10n ** BigInt(decimals)) / denominator;
  const sign = scaled < 0n ? '-' : '';
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(decimals + 1, '0');
  const whole = groupDigits(digits.slice(0, digits.length - decimals));
  return sign + (decimals === 0 ? whole : `${whole}.${digits.slice(digits.length - decimals)}`);
}

/** Reads a decimal string of the API; throws on anything else. */
export function readInteger(text: string): bigint {
  if (!/^(?:0|[1-9][0-9]*)$/.test(text)) throw new RangeError('expected a whole decimal number');
  return BigInt(text);
}
