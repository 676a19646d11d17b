/** Small drawings of one line's height: a spark line and a confidence band. */

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
