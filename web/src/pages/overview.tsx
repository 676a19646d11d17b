import { memo, type ReactElement } from 'react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '../router/link';
import {
  blocksQuery,
  parametersQuery,
  roundQuery,
  roundsQuery,
  statusQuery,
  supplyHistoryQuery,
  supplyQuery,
} from '../api/queries';
import type { MinerRef, Status, Supply } from '../api/types';
import { Intro } from '../help/intro';
import { useText } from '../i18n';
import { decimalsOfAll, formatAmount, readInteger } from '../lib/amount';
import { count, duration, isImminent, percent, plotted } from '../lib/format';
import { bonusTotal } from '../lib/mechanism/schedule';
import { useLive, useLost } from '../live-context';
import { Chart } from '../ui/charts';
import { Until, useTimed } from '../ui/clock';
import { After } from '../ui/after';
import { Fold } from '../ui/fold';
import { useNarrow } from '../ui/media';
import { Later } from '../ui/later';
import { useHeld } from '../ui/standing';
import { Amount, BlockLink, Fact, Foreign, Loaded, MinerLink, Notice, Sheet, useTitle } from '../ui/parts';
import { BlockTable } from './block-table';

export function OverviewPage(): ReactElement {
  const t = useText();
  useTitle(t.overview.title);
  return (
    <>
      <h1 className="visually-hidden">{t.overview.title}</h1>
      <Intro />
      <Now />
      <Rest />
    </>
  );
}

function Rest() {
  const known = useQuery({ ...statusQuery, select: () => true });
  return (
    <After queries={[known]}>
      <div className="grid-2">
        <BonusSheet />
        <SupplySheet />
      </div>
      <LatestSheet />
    </After>
  );
}

/** What goes on with every block: drawn anew with each, while the rest of the page stands. */
function Now() {
  const t = useText();
  const status = useQuery(statusQuery);
  return (
    <Loaded query={status} lines={30}>
      {(data) => (
        <>
          <RoundNow status={data} />
          <Figures status={data} />
          <div className="grid-2">
            <Seats
              title={t.overview.committeeNow}
              members={data.progress.committee}
              round={data.progress.round}
            />
            <Seats
              title={t.overview.committeeNext}
              members={data.progress.announced}
              round={data.progress.round + 1}
              note={t.overview.announcedNote}
            />
          </div>
        </>
      )}
    </Loaded>
  );
}

function RoundNow({ status }: { readonly status: Status }) {
  const t = useText();
  const { progress } = status;
  return (
    <section className="sheet hero" aria-label={t.overview.roundOf(count(progress.round, t.locale))}>
      <div>
        <div className="hero-title">
          <span className="hero-figure">
            <Link to="/rounds/$round" params={{ round: String(progress.round) }}>
              {t.overview.roundOf(count(progress.round, t.locale))}
            </Link>
          </span>
          <span className="muted">
            {t.overview.progress(
              count(progress.blocks_done, t.locale),
              count(progress.blocks_total, t.locale),
            )}
            {' · '}
            <RoundEnd status={status} />
          </span>
        </div>
        <Strip status={status} />
        <div className="legend" aria-hidden="true">
          <span className="k-done">{t.overview.produced}</span>
          <span className="k-missed">{t.overview.missed}</span>
          <span className="k-current">{t.overview.current}</span>
          <span className="k-open">{t.overview.open}</span>
        </div>
      </div>
      <div className="turn">
        <span className="muted small">{t.overview.onTurn}</span>
        <span className="turn-name">
          <MinerLink miner={progress.producer} />
        </span>
        <span className="small muted">
          {t.common.slot} {count(progress.slot, t.locale)}
        </span>
        <span className="turn-then small">
          <span className="muted">{t.overview.then} </span>
          {progress.upcoming.slice(0, 4).map((turn, index) => (
            <span key={turn.slot}>
              {index === 0 ? null : t.marks.list}
              <MinerLink miner={turn.miner} />
            </span>
          ))}
        </span>
        <span className="small muted">
          {t.overview.nextDay} <Until ms={progress.next_day_ms} />
          <span className="turn-note">{t.overview.nextDayNote}</span>
        </span>
      </div>
    </section>
  );
}

/** How long the round goes on by the pace of its last blocks; where none come, that they don't. */
function RoundEnd({ status }: { readonly status: Status }) {
  const t = useText();
  const lost = useLost();
  const { progress, sync } = status;
  return useTimed((now) => {
    if (lost) return t.state.lostShort;
    if (sync.state !== 'synced') {
      return sync.state === 'stalled' ? t.state.stalledShort : t.state.behindShort;
    }
    const left = progress.ends_ms - now;
    if (!isImminent(left)) return t.overview.endsIn(duration(left, t.locale));
    return progress.blocks_total - progress.blocks_done > 1 ? t.overview.endsLate : t.overview.endsNow;
  });
}

/** One field a block of the round, with the slots missed between them. */
function Strip({ status }: { readonly status: Status }) {
  const t = useText();
  const { progress } = status;
  const { blocks: live } = useLive();
  const listed = useInfiniteQuery(blocksQuery(Math.min(500, progress.blocks_total + 1), null));
  const round = useQuery(roundQuery('current'));
  const known = new Map(
    [...(listed.data?.pages[0]?.blocks ?? []), ...live].map((block) => [block.height, block] as const),
  );
  const missed = new Map<number, number>();
  if (round.data?.round === progress.round) {
    for (const slot of round.data.missed_slots) {
      missed.set(slot.before_height, (missed.get(slot.before_height) ?? 0) + 1);
    }
  }
  const items = [];
  const first = Math.max(1, progress.first_height);
  for (let height = first; height <= progress.last_height; height += 1) {
    const block = known.get(height);
    const misses = block?.missed.length ?? missed.get(height) ?? 0;
    for (let index = 0; index < misses; index += 1) {
      items.push(
        <span
          key={`${height}-${index}`}
          className="missed"
          title={`${t.overview.missed}${t.marks.colon}${block?.missed[index]?.miner.name ?? ''}`}
        />,
      );
    }
    if (height <= status.tip.height) {
      items.push(
        <span
          key={height}
          className="done"
          title={`${count(height, t.locale)} · ${block?.producer?.name ?? ''}`}
        />,
      );
    } else {
      items.push(<span key={height} className={height === status.tip.height + 1 ? 'current' : ''} />);
    }
  }
  return (
    <div className="strip" aria-label={t.overview.slotStrip} role="img">
      {items}
    </div>
  );
}

function Figures({ status }: { readonly status: Status }) {
  const t = useText();
  const supply = useQuery(supplyQuery);
  const { finality, progress } = status;
  const ms = (value: number | null | undefined) =>
    value == null ? t.common.none : duration(value, t.locale);
  return (
    <dl className="facts even">
      <Fact name={t.overview.height}>
        <BlockLink height={status.tip.height} />
      </Fact>
      <Fact
        name={t.overview.finality}
        word="finalization"
        note={finality.max_ms == null ? undefined : t.overview.finalityNote(ms(finality.max_ms))}
      >
        {ms(finality.mean_ms)}
      </Fact>
      <Fact name={t.overview.interval}>{ms(finality.block_interval_ms)}</Fact>
      <Fact name={t.overview.missedRound} word="slot">
        {count(progress.missed, t.locale)}
      </Fact>
      <Fact name={t.overview.lockedShare} word="lock">
        {supply.data === undefined ? t.common.none : percent(supply.data.locked_share_ppb)}
      </Fact>
      <Fact name={t.overview.pending}>{count(status.pending_transactions, t.locale)}</Fact>
      <Fact name={t.overview.peers}>{count(status.peers, t.locale)}</Fact>
      <LastLucky />
    </dl>
  );
}

function LastLucky() {
  const t = useText();
  const rounds = useInfiniteQuery(roundsQuery);
  const last = rounds.data?.pages[0]?.rounds.find((round) => round.lucky != null);
  return (
    <Fact name={t.overview.lucky} word="lucky">
      <MinerLink miner={rounds.data === undefined ? undefined : (last?.lucky ?? null)} />
    </Fact>
  );
}

const Seats = memo(function Seats({
  title,
  members,
  round,
  note,
}: {
  readonly title: string;
  readonly members: readonly MinerRef[];
  readonly round: number;
  readonly note?: string;
}) {
  const t = useText();
  return (
    <Sheet title={title} aside={<span className="muted small under">{note ?? t.overview.orderDrawn}</span>}>
      <ol
        className="seats places"
        aria-label={`${title}${t.marks.comma}${t.overview.roundOf(String(round))}`}
      >
        {members.map((member, index) => (
          // By place: another round has other names in the same places.
          <li key={index}>
            <span className="place">{index + 1}</span>
            <MinerLink miner={member} />
          </li>
        ))}
      </ol>
    </Sheet>
  );
});

/** Units as a float of ETM, for drawing only. */
function plot(units: bigint): number {
  return Number(units / 1000n) / 100_000;
}

function BonusSheet() {
  const t = useText();
  return (
    <Sheet title={t.overview.bonusTitle}>
      <Later lines={8}>
        <BonusChart />
      </Later>
    </Sheet>
  );
}

function BonusChart() {
  const t = useText();
  const history = useQuery(supplyHistoryQuery);
  return (
    <div className="stack">
      <Loaded query={history} lines={5}>
        {(points) => (
          <Chart
            axis={t.common.height}
            label={t.overview.bonusTitle}
            x={points.map((point) => point.height)}
            xText={(height) => count(height, t.locale)}
            yText={(value) => plotted(value, t.locale, 2)}
            fromZero
            series={[
              {
                name: t.overview.bonusIssued,
                tone: 'accent',
                values: points.map((point) => plot(readInteger(point.bonus_issued))),
              },
              {
                name: t.overview.bonusCredited,
                tone: 'seal',
                values: points.map((point) => plot(readInteger(point.bonus_credited))),
              },
              {
                name: t.overview.bonusScheduled,
                tone: 'muted',
                broad: true,
                values: points.map((point) => plot(bonusTotal(BigInt(point.height)))),
              },
            ]}
          />
        )}
      </Loaded>
      <ScheduleCheck />
    </div>
  );
}

function ScheduleCheck() {
  const query = useQuery(supplyQuery);
  return (
    <Loaded query={query} lines={1}>
      {(supply) => <Scheduled supply={supply} />}
    </Loaded>
  );
}

function Scheduled({ supply }: { readonly supply: Supply }) {
  const t = useText();
  const issued = readInteger(supply.bonus_issued);
  const scheduled = bonusTotal(BigInt(supply.height));
  if (issued !== scheduled) {
    return (
      <Notice kind="bad">{t.overview.bonusDiffers(formatAmount(issued), formatAmount(scheduled))}</Notice>
    );
  }
  const left = readInteger(supply.bonus_maximum) - issued;
  return (
    <p className="small">
      <span className="good">✓ {t.overview.bonusMatches}</span>
      {t.marks.gap}
      <span className="muted">{t.overview.bonusLeft(formatAmount(left, { group: ',' }))}</span>
    </p>
  );
}

function SupplySheet() {
  const t = useText();
  const parameters = useQuery(parametersQuery);
  return (
    <Sheet
      title={t.overview.supplyTitle}
      aside={
        parameters.data === undefined ? null : (
          <span className="muted small">
            <Foreign text={parameters.data.chain.name} />
          </span>
        )
      }
    >
      <Later lines={8}>
        <SupplyParts />
      </Later>
    </Sheet>
  );
}

function SupplyParts() {
  const t = useText();
  const narrow = useNarrow();
  const supply = useQuery(supplyQuery);
  return (
    <Loaded query={supply} lines={5}>
      {(data) => {
        const parts = [
          [t.overview.spendable, data.spendable],
          [t.overview.lockedIn, data.locked],
          [t.overview.deposits, data.deposits],
          [t.overview.escrow, data.escrow],
          [t.overview.feesPending, data.fees_pending],
        ] as const;
        const total = readInteger(data.total);
        // On a phone each stands below its name.
        const decimals = narrow
          ? 0
          : decimalsOfAll([...parts.map(([, units]) => units), data.total, data.maximum]);
        const grow = (units: string) => (total === 0n ? 0 : Number((readInteger(units) * 10_000n) / total));
        return (
          <>
            <div className="supply-bar" aria-hidden="true">
              {parts.map(([name, units], index) => (
                <span key={name} className={`c${index}`} style={{ flexGrow: grow(units) }} />
              ))}
            </div>
            <table className="plain wrapping">
              <tbody>
                {parts.map(([name, units], index) => (
                  <tr key={name}>
                    <th scope="row">
                      <span className={`swatch c${index}`} aria-hidden="true" />
                      {name}
                    </th>
                    <td className="num">
                      <Amount units={units} decimals={decimals} />
                    </td>
                  </tr>
                ))}
                <tr>
                  <th scope="row">{t.overview.issuedSoFar}</th>
                  <td className="num">
                    <Amount units={data.total} decimals={decimals} />
                  </td>
                </tr>
                <tr>
                  <th scope="row">{t.overview.maximum}</th>
                  <td className="num">
                    <Amount units={data.maximum} decimals={decimals} />
                  </td>
                </tr>
              </tbody>
            </table>
          </>
        );
      }}
    </Loaded>
  );
}

function LatestSheet() {
  const t = useText();
  return (
    <Fold title={t.overview.latest} flush aside={<Link to="/blocks">{t.overview.allBlocks}</Link>}>
      <Later lines={12}>
        <LatestBlocks />
      </Later>
    </Fold>
  );
}

function LatestBlocks() {
  const { blocks: live } = useLive();
  const listed = useInfiniteQuery(blocksQuery(10, null));
  const known = new Map(
    [...(listed.data?.pages[0]?.blocks ?? []), ...live].map((block) => [block.height, block]),
  );
  const newest = [...known.values()].sort((left, right) => right.height - left.height).slice(0, 10);
  const { value: blocks, hold } = useHeld(newest);
  return (
    <Loaded query={{ ...listed, data: listed.data ?? (live.length > 0 ? live : undefined) }} lines={12}>
      {() => (
        <div {...hold}>
          <BlockTable blocks={blocks} inPlace />
        </div>
      )}
    </Loaded>
  );
}
