import { useQuery } from '@tanstack/react-query';
import { minerAlerts } from '../alerts/alerts';
import { minerQuery } from '../api/queries';
import type { Account, Position } from '../api/types';
import { useText } from '../i18n';
import { formatAmount, readInteger } from '../lib/amount';
import { percent, shortInstant, votesText } from '../lib/format';
import { grown, halved, MAX_TIME_GAIN } from '../lib/mechanism/votes';
import { Chart } from '../ui/charts';
import { Until } from '../ui/clock';
import { Either } from '../ui/either';
import { Amount, BlockLink, Fact, Foreign, MinerLink, Notice, Percent, Sheet, Votes } from '../ui/parts';
import { Table } from '../ui/table';
import { TransactionTable } from './blocks';
import { requestText } from './request-text';

export function Balances({ account }: { readonly account: Account }) {
  const t = useText();
  const text = (units: string) => formatAmount(readInteger(units), { group: ',' });
  const nonZero = (units: string) => readInteger(units) > 0n;
  return (
    <dl className="facts">
      <Fact name={t.position.balance} note={t.position.balanceNote(text(account.free), text(account.earned))}>
        <Amount units={account.balance} />
      </Fact>
      <Fact name={t.position.locked} word="lock">
        <Amount units={account.locked} />
      </Fact>
      {nonZero(account.locking) ? (
        <Fact name={t.position.locking}>
          <Amount units={account.locking} />
        </Fact>
      ) : null}
      {nonZero(account.unlocking) ? (
        <Fact name={t.position.unlocking}>
          <Amount units={account.unlocking} />
        </Fact>
      ) : null}
      {nonZero(account.deposit) ? (
        <Fact name={t.position.deposit} word="deposit">
          <Amount units={account.deposit} />
        </Fact>
      ) : null}
      <Fact name={t.position.totalAll}>
        <Amount units={account.total} />
      </Fact>
      {account.miner == null ? null : (
        <Fact name={t.position.ownsMiner}>
          <MinerLink miner={account.miner} />
        </Fact>
      )}
    </dl>
  );
}

export function PositionSheet({
  position,
  end,
}: {
  readonly position: Position;
  readonly end: Account['round_end'];
}) {
  const t = useText();
  return (
    <>
      {position.miner == null ? null : <Alerts miner={String(position.miner.id)} />}
      <dl className="facts">
        <Fact name={t.position.gainNow} word="timeGain">
          <span data-testid="time-gain">{position.time_gain}</span>
        </Fact>
        <Fact name={t.position.gainNext} note={<GainNext position={position} days={Math.max(1, end.days)} />}>
          {end.days > 0 ? t.position.gainAtRoundEnd(String(end.round)) : <Until ms={position.next_day_ms} />}
        </Fact>
        <Fact
          name={t.position.votesNow}
          word="votes"
          note={position.miner == null ? undefined : t.position.shareOf(percent(position.share_ppb))}
        >
          <Votes raw={position.votes} />
        </Fact>
        <Fact name={t.position.votesFor} word="miner">
          {position.miner == null ? (
            <span className="muted">{t.position.noVote}</span>
          ) : (
            <MinerLink miner={position.miner} />
          )}
        </Fact>
        <Fact name={t.position.chance} word="chance">
          <Percent ppb={position.inclusion_ppb} />
        </Fact>
        {position.earned_total == null ? null : (
          <Fact name={t.position.earnedTotal} word="bonus">
            <Amount units={position.earned_total} />
          </Fact>
        )}
      </dl>
      {position.miner == null ? null : <Halvings position={position} />}
    </>
  );
}

/** What the next days make of the time gain, after the halvings that come before them. */
function GainNext({ position, days }: { readonly position: Position; readonly days: number }) {
  const t = useText();
  const { time_gain: now, halvings_due: due } = position;
  const texts = [now >= MAX_TIME_GAIN ? t.position.gainMax : t.position.gainNextAt(String(grown(now, days)))];
  // Nothing halves a position without a vote, nor a time gain of 1.
  if (position.miner == null || now === 1) return <Either texts={texts} shown={0} />;
  const lowered = halved(now, Math.max(1, due));
  if (now < MAX_TIME_GAIN) texts[0] = t.position.gainNextIf(String(grown(now, days)));
  texts.push(t.position.gainNextHalved(String(lowered), String(grown(lowered, days))));
  return <Either texts={texts} shown={due > 0 ? 1 : 0} />;
}

/** Comes and goes with blocks and rounds, and stands where it stands. */
function Halvings({ position }: { readonly position: Position }) {
  const t = useText();
  const due = position.halvings_due;
  const texts = [t.position.halvingsDue(Math.max(1, due)), t.position.halvingsNone, t.position.halvingsFloor];
  const atFloor = position.time_gain === 1;
  return (
    <Notice kind={due > 0 && !atFloor ? 'warn' : undefined}>
      <Either texts={texts} shown={atFloor ? 2 : due > 0 ? 0 : 1} />
    </Notice>
  );
}

function Alerts({ miner }: { readonly miner: string }) {
  const t = useText();
  const { data } = useQuery(minerQuery(miner, null, 1));
  if (data === undefined) return null;
  return minerAlerts(data, t).map((alert) => (
    <Notice key={alert.kind} kind={alert.bad ? 'bad' : 'warn'}>
      {alert.text}
    </Notice>
  ));
}

const BEFORE_AND_AFTER = ['locked', 'gain', 'votes', 'miner'] as const;

/** One figure of a position, as it is or as it will be; nothing where there is none. */
function Standing({
  of,
  what,
}: {
  readonly of: Pick<Position, 'locked' | 'time_gain' | 'votes' | 'miner'> | null | undefined;
  readonly what: (typeof BEFORE_AND_AFTER)[number];
}) {
  const t = useText();
  if (of == null) return t.common.none;
  switch (what) {
    case 'locked':
      return <Amount units={of.locked} />;
    case 'gain':
      return of.time_gain;
    case 'votes':
      return <Votes raw={of.votes} />;
    case 'miner':
      return <MinerLink miner={of.miner ?? null} />;
  }
}

export function Pending({ account }: { readonly account: Account }) {
  const t = useText();
  if (account.pending_requests.length === 0 && account.pending_transactions.length === 0) return null;
  const { position, projected } = account;
  const names = {
    locked: t.common.locked,
    gain: t.common.timeGain,
    votes: t.common.votes,
    miner: t.position.votesFor,
  };
  return (
    <>
      {account.pending_requests.length === 0 ? null : (
        <Sheet title={t.position.effective} flush>
          <Table
            label={t.position.effective}
            rows={BEFORE_AND_AFTER}
            rowKey={(row) => row}
            columns={[
              { name: t.position.effective, title: true, unnamed: true, cell: (row) => names[row] },
              { name: t.position.nowColumn, cell: (row) => <Standing of={position} what={row} /> },
              { name: t.position.thenColumn, cell: (row) => <Standing of={projected} what={row} /> },
            ]}
          />
          <p className="empty small">
            {t.position.effectiveNote(String(account.effective_round))}
            {t.marks.open}
            {t.position.withHalvings}
            {t.marks.close}
          </p>
          <ul className="timeline" aria-label={t.position.pendingRequests}>
            {account.pending_requests.map((pending, index) => (
              <li key={index}>
                <span className="tag warn">{t.transaction.status.pending}</span>
                <Foreign text={requestText(pending.request, t)} />
                {pending.height == null ? <span /> : <BlockLink height={pending.height} />}
              </li>
            ))}
          </ul>
        </Sheet>
      )}
      {account.pending_transactions.length === 0 ? null : (
        <Sheet title={t.position.pendingTransactions} flush>
          <TransactionTable
            transactions={account.pending_transactions}
            empty={t.position.noTransactions}
            account={account.address}
          />
        </Sheet>
      )}
    </>
  );
}

export function Forecast({ position }: { readonly position: Position }) {
  const t = useText();
  const points = position.forecast;
  const last = points.at(-1);
  if (last === undefined) return null;
  const voting = position.miner != null;
  const votes = (raw: string) => votesText(readInteger(raw));
  const best = {
    name: voting ? t.position.forecastBest : t.common.timeGain,
    tone: 'accent',
    values: points.map((point) => point.time_gain_best),
    steps: true,
  } as const;
  const expected = {
    name: t.position.forecastExpected,
    tone: 'seal',
    values: points.map((point) => point.time_gain_expected),
    steps: true,
  } as const;
  return (
    <div className="stack">
      <Chart
        axis={t.common.time}
        label={t.position.forecast}
        x={points.map((point) => point.at_ms)}
        xText={(ms) => shortInstant(ms, t.locale)}
        yText={(value) => String(Math.round(value * 10) / 10)}
        fromZero
        yMax={32}
        series={voting ? [best, expected] : [best]}
      />
      <p className="small muted">
        {voting
          ? t.position.forecastVotesOf(
              votes(last.votes_best),
              votes(last.votes_expected),
              votes(position.votes),
            )
          : t.position.forecastVotes(votes(last.votes_best), votes(position.votes))}
      </p>
    </div>
  );
}
