/** What an account earned round by round and by what, and how its time gain and votes went. */

import { useQuery } from '@tanstack/react-query';
import { bonusCourseQuery } from '../api/queries';
import type { BonusRow } from '../api/types';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { count, plotEtm, plottedDigits, plotVotes } from '../lib/format';
import type { ChartProps, Series } from '../ui/chart-props';
import { Chart } from '../ui/charts';
import { Loaded, Since } from '../ui/parts';

export function AccountCharts({ address }: { readonly address: string }) {
  const t = useText();
  const query = useQuery(bonusCourseQuery(address));
  return (
    <Loaded query={query} lines={6}>
      {(page) =>
        page.rounds.length === 0 ? (
          page.counted_from == null ? (
            <p className="muted">{t.position.noBonus}</p>
          ) : (
            <Since round={page.counted_from} />
          )
        ) : (
          <Course rows={page.rounds.toReversed()} />
        )
      }
    </Loaded>
  );
}

/** Of what a lucky round paid, the part that every member's voters got anyway. */
export function ordinaryPart(row: BonusRow): bigint {
  const pool = readInteger(row.pool);
  const extra = readInteger(row.lucky_extra);
  // A node that tells of more than the whole draws no bar beyond the chart.
  return extra >= pool ? 0n : (readInteger(row.earned) * (pool - extra)) / pool;
}

function Course({ rows }: { readonly rows: readonly BonusRow[] }) {
  const t = useText();
  const x = rows.map((row) => row.round);
  const xText = (round: number) => t.overview.roundOf(count(round, t.locale));
  const yText = (value: number) => plottedDigits(value, t.locale, 6);
  const plot = (label: string, series: readonly Series[], more: Partial<ChartProps> = {}) => (
    <section className="stack" aria-label={label}>
      <h3>{label}</h3>
      <Chart
        axis={t.common.round}
        label={label}
        x={x}
        xText={xText}
        yText={yText}
        fromZero
        series={series}
        {...more}
      />
    </section>
  );
  const line = (name: string, values: readonly number[]): Series => ({
    name,
    tone: 'accent',
    steps: true,
    values,
  });
  const gains = rows.map((row) => row.time_gain);
  const votes = rows.map((row) => plotVotes(readInteger(row.votes)));
  return (
    <div className="grid-2">
      {plot(
        t.position.rewardChart,
        [
          {
            name: t.position.causeSeat,
            tone: 'accent',
            values: rows.map((row) => plotEtm(ordinaryPart(row))),
          },
          {
            name: t.position.causeLucky,
            tone: 'seal',
            values: rows.map((row) => plotEtm(readInteger(row.earned) - ordinaryPart(row))),
          },
        ],
        { kind: 'bars' },
      )}
      {plot(t.position.gainHistory, [line(t.common.timeGain, gains)], { yMax: 32 })}
      {plot(t.position.votesHistory, [line(t.common.votes, votes)])}
    </div>
  );
}
