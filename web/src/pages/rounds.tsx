import { type ReactElement, type ReactNode, useState } from 'react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '../router/link';
import { roundQuery, roundsUpToQuery, statusQuery } from '../api/queries';
import type { Round, Schema } from '../api/types';
import { useText } from '../i18n';
import { count, countOf } from '../lib/format';
import { Fold } from '../ui/fold';
import { NewerBar } from '../ui/standing';
import { Table } from '../ui/table';
import { useAddressPart } from '../ui/address-bar';
import { When } from '../ui/clock';
import {
  Amount,
  BlockLink,
  Fact,
  Loaded,
  MinerLink,
  MoreButton,
  PageHead,
  RoundLink,
  Sheet,
  Votes,
  Row,
} from '../ui/parts';
import type { CheckedRound } from '../lib/verify/reading';
import { DrawSheet } from './draw-sheet';
import { VerifySheet } from './verify';

export function RoundsPage(): ReactElement {
  const t = useText();
  const running = useQuery({ ...statusQuery, select: (status) => status.progress.round });
  return (
    <>
      <PageHead title={t.rounds.title} lead={t.rounds.lead} />
      <Sheet flush>
        <Loaded query={running} lines={12}>
          {(round) => <Rounds running={round} />}
        </Loaded>
      </Sheet>
    </>
  );
}

function Rounds({ running }: { readonly running: number }) {
  const t = useText();
  const [seen, setSeen] = useState(running);
  // The one that is announced, too.
  const query = useInfiniteQuery(roundsUpToQuery(seen + 1));
  const columns = t.rounds.columns;
  /** Nothing is counted of a round that has not begun. */
  const begun = ({ state }: { readonly state: string }, counted: ReactNode) =>
    state === 'announced' ? t.common.none : counted;
  return (
    <Loaded query={query} lines={12}>
      {(data) => (
        <>
          <NewerBar newer={running - seen} onShow={() => setSeen(running)} />
          <Table
            label={t.rounds.title}
            rows={data.pages.flatMap((page) => page.rounds)}
            rowKey={(round) => round.round}
            more={<MoreButton query={query} />}
            columns={[
              { name: columns.round, cell: (round) => <RoundLink round={round.round} /> },
              { name: columns.state, cell: (round) => <StateTag state={round.state} /> },
              {
                name: columns.blocks,
                num: true,
                cell: (round) => begun(round, count(round.blocks, t.locale)),
              },
              {
                name: columns.missed,
                num: true,
                cell: (round) => begun(round, <MissedCount missed={round.missed} />),
              },
              {
                name: columns.transactions,
                num: true,
                cell: (round) => begun(round, count(round.transactions, t.locale)),
              },
              {
                name: columns.lucky,
                word: 'lucky',
                cell: (round) => (round.lucky == null ? t.common.none : <MinerLink miner={round.lucky} />),
              },
              {
                name: columns.bonus,
                word: 'bonus',
                of: (round) => round.bonus,
              },
              {
                name: columns.ended,
                num: true,
                cell: (round) =>
                  round.timestamp_ms == null ? t.common.none : <When ms={round.timestamp_ms} />,
              },
            ]}
          />
        </>
      )}
    </Loaded>
  );
}

/** What was missed, in red; nothing to remark on where nothing was. */
function MissedCount({ missed }: { readonly missed: number }) {
  const t = useText();
  return missed === 0 ? '0' : <span className="bad">{count(missed, t.locale)}</span>;
}

function StateTag({ state }: { readonly state: Schema<'RoundState'> }) {
  const t = useText();
  const kind = state === 'running' ? 'accent' : state === 'announced' ? 'warn' : '';
  return <span className={`tag ${kind}`}>{t.rounds.state[state]}</span>;
}

/** The round that runs, for those who asked for one that isn't known yet. */
function RunningRound() {
  const t = useText();
  const { data: round } = useQuery({ ...statusQuery, select: (status) => status.progress.round });
  if (round === undefined) return null;
  return (
    <p>
      {t.round.running}
      {t.marks.colon}
      <RoundLink round={round} />
    </p>
  );
}

export function RoundPage(): ReactElement {
  const t = useText();
  const name = useAddressPart('round');
  const query = useQuery(roundQuery(name));
  return (
    <Loaded query={query} lines={10} page={t.round.title(countOf(name, t.locale))} unknown={<RunningRound />}>
      {(round) => (
        <>
          <PageHead
            name={t.round.title(count(round.round, t.locale))}
            title={
              <>
                {t.round.title(count(round.round, t.locale))} <StateTag state={round.state} />
              </>
            }
          >
            <nav className="row" aria-label={t.round.title(String(round.round))}>
              {round.round === 0 ? null : (
                <Link to="/rounds/$round" params={{ round: String(round.round - 1) }}>
                  {t.round.previous}
                </Link>
              )}
              {round.state === 'announced' ? null : (
                <Link to="/rounds/$round" params={{ round: String(round.round + 1) }}>
                  {t.round.next}
                </Link>
              )}
            </nav>
          </PageHead>
          <Summary round={round} />
          <CommitteeSheet round={round} />
          {round.state === 'finished' ? (
            <Finished round={round} />
          ) : (
            <p className="muted">{t.round.notFinished}</p>
          )}
        </>
      )}
    </Loaded>
  );
}

function Summary({ round }: { readonly round: Round }) {
  const t = useText();
  return (
    <dl className="facts">
      <Fact name={t.round.heights}>
        <BlockLink height={round.first_height} /> – <BlockLink height={round.last_height} />
      </Fact>
      <Fact name={t.rounds.columns.blocks}>{count(round.blocks, t.locale)}</Fact>
      <Fact name={t.rounds.columns.missed} word="slot">
        {count(round.missed, t.locale)}
      </Fact>
      <Fact name={t.rounds.columns.transactions}>{count(round.transactions, t.locale)}</Fact>
      {round.lucky == null ? null : (
        <Fact name={t.round.lucky} word="lucky" note={t.round.luckyNote}>
          <MinerLink miner={round.lucky} />
        </Fact>
      )}
      {round.bonus == null ? null : (
        <Fact name={t.round.bonus} word="bonus">
          <Amount units={round.bonus} />
        </Fact>
      )}
    </dl>
  );
}

function CommitteeSheet({ round }: { readonly round: Round }) {
  const t = useText();
  return (
    <Sheet
      title={t.round.committee}
      aside={
        <span className="small muted">
          {round.round < 2 ? (
            t.round.drawnAtGenesis
          ) : (
            <Link to="/rounds/$round" params={{ round: String(round.round - 2) }}>
              {t.round.drawnIn(count(round.round - 2, t.locale))}
            </Link>
          )}
        </span>
      }
      flush
    >
      <Table
        label={t.round.committee}
        rows={round.committee}
        rowKey={(seat) => seat.index}
        columns={[
          { name: t.round.place, num: true, cell: (seat) => count(seat.index + 1, t.locale) },
          {
            name: t.common.miner,
            cell: (seat) => (
              <>
                <MinerLink miner={seat.miner} />{' '}
                {seat.lucky ? <span className="tag accent">{t.miner.luckyRound}</span> : null}
              </>
            ),
          },
          { name: t.round.produced, num: true, cell: (seat) => count(seat.produced, t.locale) },
          { name: t.round.missed, num: true, cell: (seat) => <MissedCount missed={seat.missed} /> },
          { name: t.round.votes, word: 'votes', num: true, cell: (seat) => <Votes raw={seat.votes} /> },
          { name: t.round.pool, of: (seat) => seat.pool },
          { name: t.round.rewards, of: (seat) => seat.rewards },
          { name: t.round.halvings, num: true, cell: (seat) => seat.halvings ?? t.common.none },
        ]}
      />
    </Sheet>
  );
}

function Finished({ round }: { readonly round: Round }) {
  const t = useText();
  const [read, setRead] = useState<CheckedRound | null>(null);
  return (
    <>
      <VerifySheet round={round.round} onRead={setRead} />
      <div className="grid-2">
        {round.distribution == null ? null : <DistributionSheet distribution={round.distribution} />}
        <Fold title={t.round.missedSlots}>
          {round.missed_slots.length === 0 ? (
            <p className="muted">{t.round.noMissed}</p>
          ) : (
            <ul className="seats">
              {round.missed_slots.map((slot) => (
                <li key={slot.slot}>
                  <span className="place">
                    {t.common.slot} {count(slot.slot, t.locale)}
                  </span>
                  <MinerLink miner={slot.miner} />
                  <span className="muted small">
                    {t.round.before} <BlockLink height={slot.before_height} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Fold>
      </div>
      <DrawSheet round={round} checked={read?.round === round.round ? read : null} />
    </>
  );
}

function DistributionSheet({ distribution }: { readonly distribution: Schema<'Distribution'> }) {
  const t = useText();
  return (
    <Fold title={t.round.bonus}>
      <dl className="pairs">
        {(
          [
            [t.round.carryIn, distribution.carry_in],
            [t.round.issued, distribution.issued],
            [t.common.total, distribution.total],
            [t.round.ordinaryPool, distribution.ordinary_pool],
            [t.round.luckyExtra, distribution.lucky_extra],
            [t.round.carryOut, distribution.carry_out],
            [t.round.fees, distribution.fees],
            [t.round.feePerBlock, distribution.fee_per_block],
          ] as const
        ).map(([label, units]) => (
          <Row key={label} label={label}>
            <Amount units={units} />
          </Row>
        ))}
      </dl>
    </Fold>
  );
}
