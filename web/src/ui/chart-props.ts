/** What a chart is told, for its drawing and its table. */

export type Tone = 'accent' | 'seal' | 'muted' | 'bad' | 'good';

export interface Series {
  readonly name: string;
  readonly tone: Tone;
  /** The same x for all series. */
  readonly values: readonly (number | null)[];
  /** Draws steps instead of slopes. */
  readonly steps?: boolean;
  /** Draws a broad pale line, on which another can lie and both be seen. */
  readonly broad?: boolean;
}

export interface ChartProps {
  readonly label: string;
  /** What the points stand for: rounds, heights, instants. */
  readonly axis: string;
  readonly x: readonly number[];
  readonly xText: (x: number) => string;
  readonly yText: (y: number) => string;
  readonly series: readonly Series[];
  readonly kind?: 'line' | 'bars';
  readonly fromZero?: boolean;
  readonly yMax?: number;
}
