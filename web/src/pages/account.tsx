import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { post } from '../api/client';
import {
  accountQuery,
  accountTransactionsQuery,
  allBonus,
  bonusQuery,
  minerQuery,
  statusQuery,
  timelineQuery,
  useClockOffset,
} from '../api/queries';
import type { Account, BonusRow, Position, Schema, TimelineEntry } from '../api/types';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { formatAmount, readInteger } from '../lib/amount';
import { parseAddress } from '../lib/address';
import { coefficientText, csvLine, duration, instant, percent, saveFile, votesText } from '../lib/format';
import { VOTE_SCALE } from '../lib/mechanism/votes';
import { Chart } from '../ui/charts';
import { useAddressPart } from '../ui/address-bar';
import {
  Amount,
  BlockLink,
  Copyable,
  Fact,
  Failure,
  Foreign,
  Loaded,
  MinerLink,
  MoreButton,
  Notice,
  PageHead,
  Percent,
  RoundLink,
  Sheet,
  useNow,
  Votes,
  When,
} from '../ui/parts';
import { useWallet } from '../wallet/context';
import { addressProblemText } from '../wallet/problems';
import { TransactionTable } from './blocks';
import { requestText } from './request-text';

export function PositionPage(): ReactElement {
  const t = useText();
  const { active } = useWallet();
  if (active === null) {
    return (
      <>
        <PageHead title={t.position.title} lead={t.position.chooseHelp} />
        <p>
          <Link to="/wallet" className="button primary">
            {t.position.toWallet}
          </Link>
        </p>
      </>
    );
  }
  return <AccountView key={active.address} address={active.address} mine />;
}

export function AccountPage(): ReactElement {
  const t = useText();
  const address = useAddressPart('address');
  const { active } = useWallet();
  const parsed = parseAddress(address);
  if (!parsed.ok) {
    return (
      <>
        <PageHead title={t.position.accountTitle} />
        <Notice kind="bad">
          <p className="break">
            <Foreign text={address} />
          </p>
          <p>{addressProblemText(parsed, t)}</p>
        </Notice>
      </>
    );
  }
  return <AccountView key={address} address={parsed.address} mine={active?.address === parsed.address} />;
}

function AccountView({ address, mine }: { readonly address: string; readonly mine: boolean }) {
  const t = useText();
  const account = useQuery(accountQuery(address));
  const transactions = useInfiniteQuery(accountTransactionsQuery(address));
  return (
    <>
      <PageHead title={mine ? t.position.title : t.position.accountTitle} lead={<Copyable text={address} />}>
        {mine ? (
          <span className="row">
            <Faucet address={address} />
            <Link to="/vote" className="button primary">
              {t.nav.vote}
            </Link>
          </span>
        ) : (
          <Link to="/vote" search={{ do: 'transfer', to: address }} className="button">
            {t.act.tabs.transfer}
          </Link>
        )}
      </PageHead>
      <Loaded query={account} lines={8}>
        {(data) => (
          <>
            {data.exists ? null : <Notice>{t.position.unknown}</Notice>}
            <Balances account={data} />
            {data.position == null ? (
              <Notice>
                {t.position.noPosition}{' '}
                {mine ? (
                  <Link to="/vote" search={{ do: 'lock' }}>
                    {t.position.lockFirst}
                  </Link>
                ) : null}
              </Notice>
            ) : (
              <PositionSheet position={data.position} />
            )}
            <Pending account={data} />
            {data.position == null ? null : <Forecast position={data.position} />}
          </>
        )}
      </Loaded>
      <BonusSheet address={address} />
      <TimelineSheet address={address} />
      <Sheet title={t.position.transactions} flush>
        <Loaded query={transactions}>
          {(data) => (
            <TransactionTable
              transactions={data.pages.flatMap((page) => page.transactions)}
              empty={t.position.noTransactions}
              account={address}
            />
          )}
        </Loaded>
        <MoreButton query={transactions} />
      </Sheet>
    </>
  );
}

/** On a devnet: tokens for the asking. */
function Faucet({ address }: { readonly address: string }) {
  const t = useText();
  const queries = useQueryClient();
  const status = useQuery(statusQuery);
  const [state, setState] = useState<{ text?: string; error?: unknown; busy: boolean }>({ busy: false });
  if (status.data?.chain.devnet !== true) return null;
  const ask = () => {
    setState({ busy: true });
    post<Schema<'FaucetResponse'>>('devnet/faucet', { address }).then(
      (answer) => {
        const amount = formatAmount(readInteger(answer.amount), { group: ',' });
        setState({ busy: false, text: t.position.faucetDone(amount) });
        void queries.invalidateQueries({ queryKey: ['account', address] });
      },
      (error: unknown) => setState({ busy: false, error }),
    );
  };
  return (
    <span className="row">
      {state.error === undefined ? null : <Failure error={state.error} />}
      <span role="status" className="small">
        {state.text}
      </span>
      <button type="button" className="button" onClick={ask} disabled={state.busy}>
        {t.position.faucet}
      </button>
    </span>
  );
}

function Balances({ account }: { readonly account: Account }) {
  const t = useText();
  const text = (units: string) => formatAmount(readInteger(units), { group: ',' });
  const nonZero = (units: string) => readInteger(units) > 0n;
  return (
    <dl className="facts">
      <Fact name={t.position.balance} note={t.position.balanceNote(text(account.free), text(account.earned))}>
        <Amount units={account.balance} />
      </Fact>
      <Fact name={t.position.locked}>
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
        <Fact name={t.position.deposit}>
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

function PositionSheet({ position }: { readonly position: Position }) {
  const t = useText();
  const now = useNow() + useClockOffset();
  return (
    <>
      {position.miner == null ? null : <Alerts miner={String(position.miner.id)} />}
      <dl className="facts">
        <Fact name={t.position.gainNow}>
          <span data-testid="time-gain">{position.time_gain}</span>
        </Fact>
        <Fact
          name={t.position.gainNext}
          note={
            position.time_gain >= 32
              ? t.position.gainMax
              : t.position.gainNextAt(String(position.time_gain_after_next_day))
          }
        >
          {t.common.inTime(duration(position.next_day_ms - now, t.locale))}
        </Fact>
        <Fact
          name={t.position.votesNow}
          note={position.miner == null ? undefined : t.position.shareOf(percent(position.share_ppb))}
        >
          <Votes raw={position.votes} />
        </Fact>
        <Fact name={t.position.votesFor}>
          {position.miner == null ? (
            <span className="muted">{t.position.noVote}</span>
          ) : (
            <MinerLink miner={position.miner} />
          )}
        </Fact>
        <Fact name={t.position.chance}>
          <Percent ppb={position.inclusion_ppb} />
        </Fact>
        {position.earned_total == null ? null : (
          <Fact name={t.position.earnedTotal}>
            <Amount units={position.earned_total} />
          </Fact>
        )}
      </dl>
      {position.halvings_due === 0 ? null : (
        <Notice kind="warn">{t.position.halvingsDue(String(position.halvings_due))}</Notice>
      )}
    </>
  );
}

/** What a voter should hear about the miner: gone, offline, or missing slots. */
function Alerts({ miner }: { readonly miner: string }) {
  const t = useText();
  const query = useQuery(minerQuery(miner, null, 1));
  const data = query.data;
  if (data === undefined) return null;
  const coefficient = readInteger(data.coefficient);
  return (
    <>
      {data.state === 'registered' ? null : <Notice kind="bad">{t.position.alertResigned(data.name)}</Notice>}
      {data.ready || data.state === 'resigned' ? null : (
        <Notice kind="warn">{t.position.alertOffline(data.name)}</Notice>
      )}
      {data.slots >= 5 && coefficient * 4n < 3n << 32n ? (
        <Notice kind="warn">{t.position.alertLowCoefficient(data.name, coefficientText(coefficient))}</Notice>
      ) : null}
    </>
  );
}

function Pending({ account }: { readonly account: Account }) {
  const t = useText();
  if (account.pending_requests.length === 0 && account.pending_transactions.length === 0) return null;
  const { position, projected } = account;
  return (
    <>
      {account.pending_requests.length === 0 ? null : (
        <Sheet title={t.position.effective} flush>
          <div className="table-wrap" tabIndex={0} role="group" aria-label={t.position.effective}>
            <table className="plain">
              <thead>
                <tr>
                  <td></td>
                  <th scope="col">{t.position.nowColumn}</th>
                  <th scope="col">{t.position.thenColumn}</th>
                </tr>
              </thead>
              <tbody>
                <tr>
                  <th scope="row">{t.common.locked}</th>
                  <td>{position == null ? t.common.none : <Amount units={position.locked} />}</td>
                  <td>{projected == null ? t.common.none : <Amount units={projected.locked} />}</td>
                </tr>
                <tr>
                  <th scope="row">{t.common.timeGain}</th>
                  <td>{position?.time_gain ?? t.common.none}</td>
                  <td>{projected?.time_gain ?? t.common.none}</td>
                </tr>
                <tr>
                  <th scope="row">{t.common.votes}</th>
                  <td>{position == null ? t.common.none : <Votes raw={position.votes} />}</td>
                  <td>{projected == null ? t.common.none : <Votes raw={projected.votes} />}</td>
                </tr>
                <tr>
                  <th scope="row">{t.position.votesFor}</th>
                  <td>
                    <MinerLink miner={position?.miner} />
                  </td>
                  <td>
                    <MinerLink miner={projected?.miner} />
                  </td>
                </tr>
              </tbody>
            </table>
          </div>
          <p className="empty small">
            {t.position.effectiveNote(String(account.effective_round))} ({t.position.beforeHalvings})
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

function Forecast({ position }: { readonly position: Position }) {
  const t = useText();
  const points = position.forecast;
  const last = points.at(-1);
  if (last === undefined) return null;
  const short = (ms: number) =>
    new Intl.DateTimeFormat(t.locale, { dateStyle: 'short', timeStyle: 'short' }).format(ms);
  return (
    <Sheet title={t.position.forecast}>
      <div className="stack">
        <Chart
          label={t.position.forecast}
          x={points.map((point) => point.at_ms)}
          xText={short}
          yText={(value) => String(Math.round(value * 10) / 10)}
          fromZero
          yMax={32}
          series={[
            {
              name: t.position.forecastBest,
              values: points.map((point) => point.time_gain_best),
              steps: true,
            },
            {
              name: t.position.forecastExpected,
              values: points.map((point) => point.time_gain_expected),
              steps: true,
            },
          ]}
        />
        <p className="small muted">
          {t.position.forecastVotes}: {votesText(readInteger(last.votes_best))} /{' '}
          {votesText(readInteger(last.votes_expected))} ({t.common.now}:{' '}
          {votesText(readInteger(position.votes))}; 1 ETM × t 1 = {votesText(VOTE_SCALE)})
        </p>
      </div>
    </Sheet>
  );
}

function whyText(row: BonusRow, t: Text): string {
  const miner = row.miner?.name ?? t.common.nobody;
  const pool = formatAmount(readInteger(row.pool), { group: ',' });
  switch (row.why) {
    case 'shared':
    case 'shared_lucky':
      return t.position.why[row.why](percent(row.share_ppb), miner, pool);
    case 'not_in_committee':
    case 'nothing_to_share':
      return t.position.why[row.why](miner);
    case 'no_vote':
      return t.position.why.no_vote;
  }
}

function BonusSheet({ address }: { readonly address: string }) {
  const t = useText();
  const [earnedOnly, setEarnedOnly] = useState(false);
  const query = useInfiniteQuery(bonusQuery(address, earnedOnly));
  const [failure, setFailure] = useState<unknown>(null);
  const exportCsv = async () => {
    const rows = await allBonus(address);
    const lines = rows.map((row) =>
      csvLine([
        row.round,
        row.height,
        new Date(row.timestamp_ms).toISOString(),
        formatAmount(readInteger(row.earned)),
        whyText(row, t),
        row.miner?.name ?? '',
        row.time_gain,
        formatAmount(readInteger(row.locked)),
        row.share_ppb,
        formatAmount(readInteger(row.pool)),
        row.lucky ? t.common.yes : t.common.no,
      ]),
    );
    saveFile(`etm-bonus-${address}.csv`, 'text/csv', csvLine(t.position.csvColumns) + lines.join(''));
  };
  return (
    <Sheet
      title={t.position.bonus}
      aside={
        <span className="row small">
          <label className="row">
            <input
              type="checkbox"
              checked={earnedOnly}
              onChange={(event) => setEarnedOnly(event.target.checked)}
            />
            {t.position.earnedOnly}
          </label>
          <button
            type="button"
            className="button small"
            onClick={() => {
              setFailure(null);
              exportCsv().catch(setFailure);
            }}
          >
            {t.common.csv}
          </button>
        </span>
      }
      flush
    >
      {failure === null ? null : <Failure error={failure} />}
      <Loaded query={query}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.rounds);
          const total = data.pages[0]?.total_earned ?? '0';
          if (rows.length === 0) return <p className="empty">{t.position.noBonus}</p>;
          return (
            <>
              <p className="toolbar">
                {t.position.bonusTotal}: <Amount units={total} />
              </p>
              <div className="table-wrap" tabIndex={0} role="group" aria-label={t.position.bonus}>
                <table className="plain">
                  <thead>
                    <tr>
                      <th scope="col">{t.common.round}</th>
                      <th scope="col" className="num">
                        {t.common.amount}
                      </th>
                      <th scope="col" className="num">
                        {t.common.timeGain}
                      </th>
                      <th scope="col">{t.position.bonus}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((row) => (
                      <tr key={row.round}>
                        <td>
                          <RoundLink round={row.round} />
                        </td>
                        <td className="num">
                          <Amount units={row.earned} />
                        </td>
                        <td className="num">{row.time_gain}</td>
                        <td>
                          <Foreign text={whyText(row, t)} />{' '}
                          {row.lucky ? <span className="tag accent">{t.miner.luckyRound}</span> : null}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </>
          );
        }}
      </Loaded>
      <MoreButton query={query} />
    </Sheet>
  );
}

function changeText(entry: TimelineEntry, t: Text): string {
  const { change } = entry;
  switch (change.kind) {
    case 'genesis':
      return t.position.change.genesis;
    case 'request': {
      const what = requestText(change.request, t);
      return change.applied ? t.position.change.request(what) : t.position.change.requestVoid(what);
    }
    case 'halving':
      return t.position.change.halving(change.miner.name, String(change.blocks.length));
    case 'day':
      return t.position.change.day(String(change.days));
    case 'miner_resigned':
      return t.position.change.miner_resigned(change.miner.name);
  }
}

function TimelineSheet({ address }: { readonly address: string }) {
  const t = useText();
  const query = useInfiniteQuery(timelineQuery(address));
  const now = useNow() + useClockOffset();
  return (
    <Sheet title={t.position.timeline} flush>
      <Loaded query={query}>
        {(data) => {
          const entries = data.pages.flatMap((page) => page.entries);
          if (entries.length === 0) return <p className="empty">{t.position.noTimeline}</p>;
          return (
            <ul className="timeline">
              {entries.map((entry, index) => (
                <li key={index}>
                  <span>
                    {t.common.round} <RoundLink round={entry.round} />
                  </span>
                  <span>
                    <Foreign text={changeText(entry, t)} />{' '}
                    {entry.before == null || entry.after == null ? null : (
                      <span className="muted">
                        t {entry.before.time_gain} → {entry.after.time_gain}
                      </span>
                    )}
                    {entry.change.kind === 'halving' ? (
                      <span className="small muted">
                        {' '}
                        ({t.position.blocksThatHalved}{' '}
                        {entry.change.blocks.map((height, number) => (
                          <span key={height}>
                            {number === 0 ? null : ', '}
                            <BlockLink height={height} />
                          </span>
                        ))}
                        )
                      </span>
                    ) : null}
                  </span>
                  <span className="muted small" title={instant(entry.timestamp_ms, t.locale)}>
                    <When ms={entry.timestamp_ms} now={now} />
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      <MoreButton query={query} />
    </Sheet>
  );
}
