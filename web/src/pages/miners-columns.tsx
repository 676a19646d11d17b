/** The columns of the voting table: what each shows, how wide its text is, and by which column of the API it sorts. */

import { Link } from '../router/link';
import type { ReactNode } from 'react';
import type { Miner, MinerSort } from '../api/types';
import type { Text } from '../i18n/en';
import { readInteger } from '../lib/amount';
import { amountColumn, coefficientText, count, micro, percentColumn, votesText } from '../lib/format';
import { yearlyPercent } from '../lib/returns';
import { Band, Spark } from '../ui/marks';
import { MinerLink, Percent, Votes } from '../ui/parts';
import { MinerTags } from './miner-tags';

export interface MinerColumn {
  readonly id: keyof Text['miners']['columns'];
  readonly sort: MinerSort | null;
  /** The least width, for the heading and for what is drawn. */
  readonly width: number;
  readonly numeric: boolean;
  /** Shown unless the reader chooses otherwise. */
  readonly standard: boolean;
  /** Of what was: left out where the node keeps no history. */
  readonly ofPast?: boolean;
  readonly help?: (t: Text, drawRound: string) => string;
  /** The longest line of the cell: a column is as wide as its longest figure, so that none is ever cut. */
  readonly line?: (miner: Miner, context: CellContext) => string;
  readonly cell: (miner: Miner, context: CellContext) => ReactNode;
}

export interface CellContext {
  readonly t: Text;
  /** What the estimate is for, in units. */
  readonly amount: bigint;
}

function bonusLine(miner: Miner): string {
  return amountColumn(readInteger(miner.estimated_bonus_per_day), 4);
}

/** What the estimate is in a year, as a share of the amount. */
export function yearLine(miner: Miner, { amount, t }: CellContext): string {
  return t.miners.aYear(yearlyPercent(readInteger(miner.estimated_bonus_per_day), amount));
}

export const MINER_COLUMNS: readonly MinerColumn[] = [
  {
    id: 'rank',
    sort: 'rank',
    width: 64,
    numeric: true,
    standard: true,
    help: (t) => t.miners.help.rank,
    line: (miner, { t }) => count(miner.rank, t.locale),
    cell: (miner, { t }) => count(miner.rank, t.locale),
  },
  {
    id: 'name',
    sort: 'name',
    width: 196,
    numeric: false,
    standard: true,
    cell: (miner) => (
      <span className="two-line">
        <span>
          <MinerLink miner={miner} />
        </span>
        <span className="second nowrap">
          <MinerTags miner={{ ...miner, my_vote: false }} />
        </span>
      </span>
    ),
  },
  {
    id: 'bonus',
    sort: 'bonus',
    width: 118,
    numeric: true,
    standard: true,
    help: (t) => t.miners.help.bonus,
    line: (miner, context) => {
      const lines = [bonusLine(miner), yearLine(miner, context)];
      return lines.reduce((longest, line) => (line.length > longest.length ? line : longest));
    },
    cell: (miner, context) => (
      <span className="two-line">
        <BonusADay miner={miner} />
        <span className="second">{yearLine(miner, context)}</span>
      </span>
    ),
  },
  {
    id: 'inclusion',
    sort: 'inclusion',
    width: 104,
    numeric: true,
    standard: true,
    help: (t, drawRound) => t.miners.help.inclusion(drawRound),
    line: (miner) => percentColumn(miner.inclusion_ppb),
    cell: (miner) => <ChanceOfSeat miner={miner} />,
  },
  {
    id: 'votes',
    sort: 'votes',
    width: 104,
    numeric: true,
    standard: true,
    help: (t) => t.miners.help.votes,
    line: (miner) => votesText(readInteger(miner.votes)),
    cell: (miner) => (
      <span className="two-line">
        <Votes raw={miner.votes} />
        <span className="second">{percentColumn(miner.votes_share_ppb)}</span>
      </span>
    ),
  },
  {
    id: 'coefficient',
    sort: 'coefficient',
    width: 84,
    numeric: true,
    standard: true,
    help: (t) => t.miners.help.coefficient,
    line: (miner) => coefficientText(readInteger(miner.coefficient)),
    cell: (miner) => coefficientText(readInteger(miner.coefficient)),
  },
  {
    id: 'seats',
    sort: 'luck',
    width: 132,
    numeric: false,
    standard: true,
    ofPast: true,
    help: (t) => t.miners.help.seats,
    cell: (miner, { t }) => {
      const expected = micro(miner.expected_seats_micro);
      const low = micro(Math.max(0, miner.expected_seats_micro - 2 * miner.seats_deviation_micro));
      const high = micro(miner.expected_seats_micro + 2 * miner.seats_deviation_micro);
      return (
        <span className="two-line">
          <Band
            actual={miner.seats * 1_000_000}
            expected={miner.expected_seats_micro}
            deviation={miner.seats_deviation_micro}
            label={t.miners.bandLabel(String(miner.seats), expected, low, high)}
          />
          <span className="second" aria-hidden="true">
            {miner.seats} / {expected}
          </span>
        </span>
      );
    },
  },
  {
    id: 'recent',
    sort: 'seats',
    width: 124,
    numeric: false,
    standard: true,
    ofPast: true,
    help: (t) => t.miners.help.recent,
    cell: (miner, { t }) => (
      <Spark
        recent={miner.recent}
        label={t.miners.recentLabel(String(miner.seats), String(miner.recent.length))}
      />
    ),
  },
  {
    id: 'produced',
    sort: 'produced',
    width: 104,
    numeric: true,
    standard: false,
    help: (t) => t.miners.help.produced,
    line: (miner, { t }) => `${count(miner.produced, t.locale)} / ${count(miner.missed, t.locale)}`,
    cell: (miner, { t }) => (
      <span className="figure">
        {count(miner.produced, t.locale)} /{' '}
        {miner.missed === 0 ? '0' : <span className="bad">{count(miner.missed, t.locale)}</span>}
      </span>
    ),
  },
  {
    id: 'locked',
    sort: 'locked',
    width: 110,
    numeric: true,
    standard: false,
    ofPast: true,
    help: (t) => t.miners.help.locked,
    line: (miner) => amountColumn(readInteger(miner.locked), 8),
    cell: (miner) => <span className="figure">{amountColumn(readInteger(miner.locked), 8)}</span>,
  },
  {
    id: 'voters',
    sort: 'voters',
    width: 80,
    numeric: true,
    standard: false,
    ofPast: true,
    help: (t) => t.miners.help.voters,
    line: (miner, { t }) => count(miner.voters, t.locale),
    cell: (miner, { t }) => count(miner.voters, t.locale),
  },
  {
    id: 'weight',
    sort: 'weight',
    width: 104,
    numeric: true,
    standard: false,
    help: (t) => t.miners.help.weight,
    line: (miner) => votesText(readInteger(miner.weight)),
    cell: (miner) => <Votes raw={miner.weight} />,
  },
  {
    id: 'vote',
    sort: null,
    width: 100,
    numeric: false,
    standard: true,
    cell: (miner, { t }) => <VoteButton miner={miner} t={t} />,
  },
];

/** The columns of which a node knows something. */
export function knownColumns(past: boolean): readonly MinerColumn[] {
  return MINER_COLUMNS.filter((column) => past || column.ofPast !== true);
}

/** The exact estimate is in the title; the column has four decimals, so that its points stand under each other. */
export function BonusADay({ miner }: { readonly miner: Miner }) {
  const units = readInteger(miner.estimated_bonus_per_day);
  return (
    <span className="figure" title={`${amountColumn(units, 8)} ETM`}>
      {amountColumn(units, 4)}
    </span>
  );
}

export function ChanceOfSeat({ miner }: { readonly miner: Miner }) {
  return (
    <span className="figure">
      <span className="visually-hidden">
        <Percent ppb={miner.inclusion_ppb} />
      </span>
      <span aria-hidden="true">{percentColumn(miner.inclusion_ppb)}</span>
    </span>
  );
}

export function VoteButton({ miner, t }: { readonly miner: Miner; readonly t: Text }) {
  if (miner.my_vote) return <span className="tag good">{t.miners.yourVote}</span>;
  if (miner.state !== 'registered') return null;
  return (
    <Link
      to="/vote"
      search={{ do: 'vote', miner: String(miner.id) }}
      className="button small"
      aria-label={t.miners.voteForName(miner.name)}
    >
      {t.miners.voteFor}
    </Link>
  );
}
