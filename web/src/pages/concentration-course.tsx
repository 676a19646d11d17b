/**
 * How the concentration went, from the receipts of some past rounds: each has the votes, weight and slots of every candidate, and the pools. Asked
 * for only when it is wanted, a few rounds whatever the age of the chain.
 */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { concentrationCourseQuery, type DrawAt } from '../api/queries';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { giniMilli, nakamoto } from '../lib/concentration';
import { count, plotted } from '../lib/format';
import type { Series } from '../ui/chart-props';
import { Chart } from '../ui/charts';
import { Loaded } from '../ui/parts';

export function ConcentrationCourse() {
  const t = useText();
  const [open, setOpen] = useState(false);
  return (
    <details className="more course" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.concentration.course}</summary>
      {open ? <Course /> : null}
    </details>
  );
}

function Course() {
  const t = useText();
  const query = useQuery(concentrationCourseQuery);
  return (
    <Loaded query={query} lines={12}>
      {(draws) =>
        draws.length < 2 ? <p className="muted">{t.concentration.tooEarly}</p> : <Charts draws={draws} />
      }
    </Loaded>
  );
}

function Charts({ draws }: { readonly draws: readonly DrawAt[] }) {
  const t = useText();
  const spread = [
    {
      name: t.concentration.votes,
      tone: 'accent',
      broad: true,
      of: ({ candidates }) => candidates.map(({ votes }) => readInteger(votes)),
    },
    {
      name: t.concentration.weight,
      tone: 'seal',
      broad: false,
      of: ({ candidates }) => candidates.map(({ weight }) => readInteger(weight)),
    },
    {
      name: t.concentration.slots,
      tone: 'good',
      broad: false,
      of: ({ candidates }) => candidates.map(({ slots }) => BigInt(slots)),
    },
    { name: t.concentration.bonus, tone: 'muted', broad: false, of: ({ pools }) => pools },
  ] as const satisfies readonly {
    name: string;
    tone: Series['tone'];
    broad: boolean;
    of: (draw: DrawAt) => readonly bigint[];
  }[];
  const plot = (label: string, figure: (values: readonly bigint[]) => number, yMax?: number) => (
    <section className="stack" aria-label={label}>
      <h3>{label}</h3>
      <Chart
        axis={t.common.round}
        label={label}
        x={draws.map((draw) => draw.round)}
        xText={(round) => t.overview.roundOf(count(round, t.locale))}
        yText={(value) => plotted(value, t.locale, 3)}
        fromZero
        {...(yMax === undefined ? {} : { yMax })}
        series={spread.map(({ name, tone, broad, of }) => ({
          name,
          tone,
          broad,
          steps: yMax === undefined,
          values: draws.map((draw) => figure(of(draw))),
        }))}
      />
    </section>
  );
  return (
    <div className="stack">
      <p className="small">{t.concentration.courseHelp(count(draws.length, t.locale))}</p>
      <div className="grid-2">
        {plot(t.concentration.gini, (values) => giniMilli(values) / 1000, 1)}
        {plot(t.concentration.few('33 %'), (values) => nakamoto(values, 33))}
        {plot(t.concentration.few('50 %'), (values) => nakamoto(values, 50))}
      </div>
    </div>
  );
}
