/** The course of a miner, round by round. */

import type { MinerRound } from '../api/types';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { count, plotEtm, plotted, plotVotes } from '../lib/format';
import type { ChartProps } from '../ui/chart-props';
import { Chart } from '../ui/charts';
import { Fold } from '../ui/fold';
import { RoundLink, Sheet } from '../ui/parts';
import { Table } from '../ui/table';
import { everyRound, type RoundOf } from './miner-rounds';
import { Uptime } from './uptime';

function Course({
  title,
  rounds,
  ...chart
}: {
  readonly title: string;
  readonly rounds: readonly RoundOf[];
} & Pick<ChartProps, 'series' | 'kind' | 'yMax'>) {
  const t = useText();
  return (
    <Fold title={title}>
      <Chart
        axis={t.common.round}
        label={title}
        x={rounds.map((round) => round.round)}
        xText={(round) => t.overview.roundOf(count(round, t.locale))}
        yText={(value) => plotted(value, t.locale, 3)}
        fromZero
        {...chart}
      />
    </Fold>
  );
}

export function History({
  rounds,
  last,
}: {
  readonly rounds: readonly MinerRound[];
  /** The newest round that is over. */
  readonly last: number;
}) {
  const t = useText();
  if (rounds.length === 0) return <p className="muted">{t.miner.noHistory}</p>;
  const oldest = everyRound(rounds, last);
  const seated = rounds.filter((round) => round.seat != null);
  const course = <Value,>(of: (round: RoundOf) => Value) => oldest.map(of);
  const known = (text: string | null, plot: (value: bigint) => number) =>
    text === null ? null : plot(readInteger(text));
  return (
    <>
      <div className="grid-2">
        <Course
          title={t.miner.votesHistory}
          rounds={oldest}
          series={[
            {
              name: t.common.votes,
              tone: 'accent',
              steps: true,
              values: course((round) => plotVotes(readInteger(round.votes))),
            },
            {
              name: t.miners.columns.weight,
              tone: 'seal',
              steps: true,
              values: course((round) => known(round.weight, plotVotes)),
            },
          ]}
        />
        <Course
          title={t.miner.coefficientHistory}
          rounds={oldest}
          yMax={1}
          series={[
            {
              name: 'v',
              tone: 'accent',
              steps: true,
              values: course((round) => known(round.coefficient, (raw) => Number(raw) / 2 ** 32)),
            },
          ]}
        />
        <Course
          title={t.miner.seatsHistory}
          rounds={oldest}
          kind="bars"
          series={[
            { name: t.round.produced, tone: 'accent', values: course((round) => round.seat?.produced ?? 0) },
            { name: t.round.missed, tone: 'bad', values: course((round) => round.seat?.missed ?? 0) },
          ]}
        />
        <Course
          title={t.miner.poolHistory}
          rounds={oldest}
          kind="bars"
          series={[
            {
              name: t.miner.pool,
              tone: 'accent',
              values: course((round) => plotEtm(readInteger(round.seat?.pool ?? '0'))),
            },
          ]}
        />
      </div>
      <Sheet title={t.uptime.title}>
        <Uptime rounds={oldest} />
      </Sheet>
      {seated.length === 0 ? null : (
        <Fold title={t.miner.recentRounds} flush>
          <Table
            label={t.miner.recentRounds}
            rows={seated}
            rowKey={(round) => round.round}
            portion={20}
            columns={[
              {
                name: t.common.round,
                cell: ({ round, seat }) => (
                  <>
                    <RoundLink round={round} />{' '}
                    {seat?.lucky === true ? <span className="tag accent">{t.miner.luckyRound}</span> : null}
                  </>
                ),
              },
              { name: t.miner.place, num: true, cell: ({ seat }) => count((seat?.index ?? 0) + 1, t.locale) },
              { name: t.round.produced, num: true, cell: ({ seat }) => count(seat?.produced ?? 0, t.locale) },
              { name: t.round.missed, num: true, cell: ({ seat }) => count(seat?.missed ?? 0, t.locale) },
              { name: t.miner.pool, of: ({ seat }) => seat?.pool ?? '0' },
              { name: t.round.rewards, of: ({ seat }) => seat?.rewards ?? '0' },
            ]}
          />
        </Fold>
      )}
    </>
  );
}
