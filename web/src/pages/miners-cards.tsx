/** The miners on a narrow window: one card each, with what decides a vote. They come in portions. */

import { memo, useEffect, useState } from 'react';
import type { Miner } from '../api/types';
import { useText } from '../i18n';
import { MinerLink } from '../ui/parts';
import { BonusADay, type CellContext, ChanceOfSeat, VoteButton, yearLine } from './miners-columns';
import { MinerTags } from './miner-tags';
import { Star } from './miners-star';

const PORTION = 40;

export const MinersCards = memo(function MinersCards({
  miners,
  total,
  favourites,
  onFavourite,
  context,
  more,
  onView,
}: {
  readonly miners: readonly Miner[];
  readonly total: number;
  readonly favourites: ReadonlySet<number>;
  readonly onFavourite: (id: number) => void;
  readonly context: CellContext;
  readonly more: () => void;
  readonly onView: (ids: readonly number[]) => void;
}) {
  const t = useText();
  const [shown, setShown] = useState(PORTION);
  const cards = miners.slice(0, shown);
  useEffect(() => onView(miners.slice(0, shown).map((miner) => miner.id)), [miners, shown, onView]);
  return (
    <>
      <ul className="miner-cards" aria-label={t.miners.tableLabel}>
        {cards.map((miner) => (
          <li key={miner.id} className="miner-card">
            <div className="miner-card-head">
              <MinerLink miner={miner} />
              <Star
                name={miner.name}
                marked={favourites.has(miner.id)}
                onClick={() => onFavourite(miner.id)}
              />
            </div>
            <div className="row miner-card-tags">
              <MinerTags miner={{ ...miner, my_vote: false }} />
            </div>
            <dl className="miner-card-facts">
              <div>
                <dt>{t.miners.columns.bonus}</dt>
                <dd>
                  <BonusADay miner={miner} />
                </dd>
              </div>
              <div>
                <dt>{t.miners.columns.inclusion}</dt>
                <dd>
                  <ChanceOfSeat miner={miner} />
                </dd>
              </div>
            </dl>
            <div className="row spread">
              <span className="small muted">{yearLine(miner, context)}</span>
              <VoteButton miner={miner} t={t} />
            </div>
          </li>
        ))}
      </ul>
      {shown < total ? (
        <p className="empty">
          <button
            type="button"
            className="button"
            onClick={() => {
              setShown(shown + PORTION);
              if (shown + 2 * PORTION >= miners.length) more();
            }}
          >
            {t.common.more}
          </button>
        </p>
      ) : null}
    </>
  );
});
