import { Link } from '../router/link';
import { useText } from '../i18n';
import { count } from '../lib/format';
import type { RoundOf } from './miner-rounds';

/** One square a round: had a seat and missed nothing, missed some, missed all, or had no seat. */
export function Uptime({ rounds }: { readonly rounds: readonly RoundOf[] }) {
  const t = useText();
  return (
    <div className="stack">
      <ol className="uptime">
        {rounds.map(({ round, seat }) => {
          const state =
            seat == null ? 'none' : seat.missed === 0 ? 'all' : seat.produced === 0 ? 'nothing' : 'some';
          const said =
            seat == null
              ? t.uptime.none
              : t.uptime.seat(count(seat.produced, t.locale), count(seat.missed, t.locale));
          const text = `${t.overview.roundOf(count(round, t.locale))}${t.marks.colon}${said}`;
          return (
            <li key={round}>
              <Link
                to="/rounds/$round"
                params={{ round: String(round) }}
                className={`up-${state}`}
                title={text}
                aria-label={text}
              />
            </li>
          );
        })}
      </ol>
      <div className="legend" aria-hidden="true">
        <span className="tone-good">{t.uptime.all}</span>
        <span className="tone-seal">{t.uptime.some}</span>
        <span className="tone-bad">{t.uptime.nothing}</span>
        <span className="k-open">{t.uptime.none}</span>
      </div>
    </div>
  );
}
