/** The columns of the voting table. What each shows and by which column of the API it sorts. */

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Miner, MinerSort } from '../api/types';
import type { Text } from '../i18n/en';
import { readInteger } from '../lib/amount';
import { coefficientText, count, micro, percent } from '../lib/format';
import { Band, Spark } from '../ui/charts';
import { Amount, MinerLink, Percent, Votes } from '../ui/parts';
import { MinerTags } from './miner-tags';

export interface MinerColumn {
  readonly id: keyof Text['miners']['columns'];
  readonly sort: MinerSort | null;
  readonly width: number;
  readonly numeric: boolean;
  readonly help?: (t: Text, drawRound: string) => string;
  readonly cell: (miner: Miner, t: Text) => ReactNode;
}

export const MINER_COLUMNS: readonly MinerColumn[] = [
  {
    id: 'rank',
    sort: 'rank',
    width: 56,
    numeric: true,
    help: (t) => t.miners.help.rank,
    cell: (miner, t) => count(miner.rank, t.locale),
  },
  {
    id: 'name',
    sort: 'name',
    width: 190,
    numeric: false,
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
    id: 'votes',
    sort: 'votes',
    width: 120,
    numeric: true,
    help: (t) => t.miners.help.votes,
    cell: (miner) => (
      <span className="two-line">
        <Votes raw={miner.votes} />
        <span className="second">{percent(miner.votes_share_ppb)}</span>
      </span>
    ),
  },
  {
    id: 'locked',
    sort: 'locked',
    width: 190,
    numeric: true,
    help: (t) => t.miners.help.locked,
    cell: (miner) => <Amount units={miner.locked} unit={false} />,
  },
  {
    id: 'voters',
    sort: 'voters',
    width: 72,
    numeric: true,
    cell: (miner, t) => count(miner.voters, t.locale),
  },
  {
    id: 'produced',
    sort: 'produced',
    width: 96,
    numeric: true,
    cell: (miner, t) => (
      <span>
        {count(miner.produced, t.locale)} /{' '}
        {miner.missed === 0 ? '0' : <span className="bad">{count(miner.missed, t.locale)}</span>}
      </span>
    ),
  },
  {
    id: 'coefficient',
    sort: 'coefficient',
    width: 64,
    numeric: true,
    help: (t) => t.miners.help.coefficient,
    cell: (miner) => coefficientText(readInteger(miner.coefficient)),
  },
  {
    id: 'weight',
    sort: 'weight',
    width: 120,
    numeric: true,
    help: (t) => t.miners.help.weight,
    cell: (miner) => <Votes raw={miner.weight} />,
  },
  {
    id: 'inclusion',
    sort: 'inclusion',
    width: 88,
    numeric: true,
    help: (t, drawRound) => t.miners.help.inclusion(drawRound),
    cell: (miner) => <Percent ppb={miner.inclusion_ppb} />,
  },
  {
    id: 'recent',
    sort: 'seats',
    width: 124,
    numeric: false,
    help: (t) => t.miners.help.recent,
    cell: (miner, t) => (
      <Spark
        recent={miner.recent}
        label={t.miners.recentLabel(String(miner.seats), String(miner.recent.length))}
      />
    ),
  },
  {
    id: 'seats',
    sort: 'luck',
    width: 120,
    numeric: false,
    help: (t) => t.miners.help.seats,
    cell: (miner, t) => {
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
    id: 'bonus',
    sort: 'bonus',
    width: 128,
    numeric: true,
    help: (t) => t.miners.help.bonus,
    cell: (miner) => <Amount units={miner.estimated_bonus_per_day} unit={false} />,
  },
  {
    id: 'vote',
    sort: null,
    width: 104,
    numeric: false,
    cell: (miner, t) =>
      miner.my_vote ? (
        <span className="tag good">{t.miners.yourVote}</span>
      ) : miner.state !== 'registered' ? null : (
        <Link
          to="/vote"
          search={{ do: 'vote', miner: String(miner.id) }}
          className="button small"
          aria-label={t.miners.voteForName(miner.name)}
        >
          {t.miners.voteFor}
        </Link>
      ),
  },
];
