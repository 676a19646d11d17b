import type { ReactElement } from 'react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '../router/link';
import { parametersQuery, receiptQuery, roundQuery, roundsQuery, useClockOffset } from '../api/queries';
import type { Round, RoundReceipt, Schema } from '../api/types';
import { useText } from '../i18n';
import { count } from '../lib/format';
import { PortionedTable } from '../ui/portioned-table';
import { ApiError } from '../api/client';
import { useAddressPart } from '../ui/address-bar';
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
  useNow,
  Votes,
  When,
} from '../ui/parts';
import { Row } from './blocks';
import { VerifySheet } from './verify';

export function RoundsPage(): ReactElement {
  const t = useText();
  const query = useInfiniteQuery(roundsQuery);
  const now = useNow() + useClockOffset();
  const columns = t.rounds.columns;
  return (
    <>
      <PageHead title={t.rounds.title} lead={t.rounds.lead} />
      <Sheet flush>
        <Loaded query={query} lines={12}>
          {(data) => (
            <div className="table-wrap" tabIndex={0} role="group" aria-label={t.rounds.title}>
              <table className="plain">
                <thead>
                  <tr>
                    <th scope="col">{columns.round}</th>
                    <th scope="col">{columns.state}</th>
                    <th scope="col" className="num">
                      {columns.blocks}
                    </th>
                    <th scope="col" className="num">
                      {columns.missed}
                    </th>
                    <th scope="col" className="num">
                      {columns.transactions}
                    </th>
                    <th scope="col">{columns.lucky}</th>
                    <th scope="col" className="num">
                      {columns.bonus}
                    </th>
                    <th scope="col" className="num">
                      {columns.ended}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {data.pages
                    .flatMap((page) => page.rounds)
                    .map((round) => (
                      <tr key={round.round}>
                        <td>
                          <RoundLink round={round.round} />
                        </td>
                        <td>
                          <StateTag state={round.state} />
                        </td>
                        <td className="num">{count(round.blocks, t.locale)}</td>
                        <td className="num">
                          {round.missed === 0 ? (
                            '0'
                          ) : (
                            <span className="bad">{count(round.missed, t.locale)}</span>
                          )}
                        </td>
                        <td className="num">{count(round.transactions, t.locale)}</td>
                        <td>{round.lucky == null ? '' : <MinerLink miner={round.lucky} />}</td>
                        <td className="num">{round.bonus == null ? '' : <Amount units={round.bonus} />}</td>
                        <td className="num">
                          {round.timestamp_ms == null ? '' : <When ms={round.timestamp_ms} now={now} />}
                        </td>
                      </tr>
                    ))}
                </tbody>
              </table>
            </div>
          )}
        </Loaded>
        <MoreButton query={query} />
      </Sheet>
    </>
  );
}

function StateTag({ state }: { readonly state: Schema<'RoundState'> }) {
  const t = useText();
  const kind = state === 'running' ? 'accent' : state === 'announced' ? 'warn' : '';
  return <span className={`tag ${kind}`}>{t.rounds.state[state]}</span>;
}

export function RoundPage(): ReactElement {
  const t = useText();
  const name = useAddressPart('round');
  const query = useQuery(roundQuery(name));
  return (
    <Loaded query={query} lines={10}>
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
      <Fact name={t.rounds.columns.missed}>{count(round.missed, t.locale)}</Fact>
      <Fact name={t.rounds.columns.transactions}>{count(round.transactions, t.locale)}</Fact>
      {round.lucky == null ? null : (
        <Fact name={t.round.lucky} note={t.round.luckyNote}>
          <MinerLink miner={round.lucky} />
        </Fact>
      )}
      {round.bonus == null ? null : (
        <Fact name={t.round.bonus}>
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
      <div className="table-wrap" tabIndex={0} role="group" aria-label={t.round.committee}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col" className="num">
                {t.round.place}
              </th>
              <th scope="col">{t.common.miner}</th>
              <th scope="col" className="num">
                {t.round.produced}
              </th>
              <th scope="col" className="num">
                {t.round.missed}
              </th>
              <th scope="col" className="num">
                {t.round.votes}
              </th>
              <th scope="col" className="num">
                {t.round.pool}
              </th>
              <th scope="col" className="num">
                {t.round.rewards}
              </th>
              <th scope="col" className="num">
                {t.round.halvings}
              </th>
            </tr>
          </thead>
          <tbody>
            {round.committee.map((seat) => (
              <tr key={seat.index}>
                <td className="num">{seat.index + 1}</td>
                <td>
                  <MinerLink miner={seat.miner} />{' '}
                  {seat.lucky ? <span className="tag accent">{t.miner.luckyRound}</span> : null}
                </td>
                <td className="num">{count(seat.produced, t.locale)}</td>
                <td className="num">
                  {seat.missed === 0 ? '0' : <span className="bad">{count(seat.missed, t.locale)}</span>}
                </td>
                <td className="num">
                  <Votes raw={seat.votes} />
                </td>
                <td className="num">{seat.pool == null ? t.common.none : <Amount units={seat.pool} />}</td>
                <td className="num">
                  <Amount units={seat.rewards} />
                </td>
                <td className="num">{seat.halvings ?? t.common.none}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Sheet>
  );
}

function Finished({ round }: { readonly round: Round }) {
  const t = useText();
  const receipt = useQuery(receiptQuery(round.round));
  const parameters = useQuery(parametersQuery);
  return (
    <>
      <VerifySheet round={round.round} receipt={receipt.data} parameters={parameters.data} />
      <div className="grid-2">
        {round.distribution == null ? null : <DistributionSheet distribution={round.distribution} />}
        <Sheet title={t.round.missedSlots}>
          {round.missed_slots.length === 0 ? (
            <p className="muted">{t.round.noMissed}</p>
          ) : (
            <ul className="seats">
              {round.missed_slots.map((slot) => (
                <li key={slot.slot}>
                  <span className="place">
                    {t.common.slot} {slot.slot}
                  </span>
                  <MinerLink miner={slot.miner} />
                  <span className="muted small">
                    {t.round.before} <BlockLink height={slot.before_height} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Sheet>
      </div>
      {receipt.error instanceof ApiError && receipt.error.status === 410 ? null : (
        <Loaded query={receipt} lines={6}>
          {(data) => <DrawSheet receipt={data} />}
        </Loaded>
      )}
    </>
  );
}

function DistributionSheet({ distribution }: { readonly distribution: Schema<'Distribution'> }) {
  const t = useText();
  return (
    <Sheet title={t.round.bonus}>
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
    </Sheet>
  );
}

function DrawSheet({ receipt }: { readonly receipt: RoundReceipt }) {
  const t = useText();
  const { draw } = receipt;
  return (
    <Sheet title={t.round.drawn(String(draw.round))}>
      <div className="stack">
        <p className="muted">{t.round.receiptNote(String(draw.round))}</p>
        {draw.kept ? <p>{t.round.kept}</p> : null}
        <dl className="pairs">
          <Row label={t.round.seed}>
            <span className="hash break">{receipt.seed}</span>
          </Row>
          <Row label={t.round.beacon}>
            <span className="hash break">{draw.beacon}</span>
          </Row>
        </dl>
        <h3>{t.round.picks}</h3>
        <div className="table-wrap" tabIndex={0} role="group" aria-label={t.round.picks}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col" className="num">
                  i
                </th>
                <th scope="col">{t.common.miner}</th>
                <th scope="col" className="num">
                  {t.round.total}
                </th>
                <th scope="col" className="num">
                  {t.round.point}
                </th>
                <th scope="col">H(i)</th>
              </tr>
            </thead>
            <tbody>
              {draw.picks.map((pick) => (
                <tr key={pick.index}>
                  <td className="num">{pick.index + 1}</td>
                  <td>
                    <MinerLink miner={pick.miner} />
                  </td>
                  <td className="num mono">{pick.total}</td>
                  <td className="num mono">{pick.point}</td>
                  <td className="hash">{pick.hash}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <h3>{t.round.candidates(count(draw.candidates.length, t.locale))}</h3>
        <PortionedTable
          label={t.round.candidates(String(draw.candidates.length))}
          head={
            <tr>
              <th scope="col">{t.common.miner}</th>
              <th scope="col" className="num">
                {t.round.votes}
              </th>
              <th scope="col" className="num">
                {t.round.slots}
              </th>
              <th scope="col" className="num">
                {t.round.weight}
              </th>
            </tr>
          }
          rows={draw.candidates}
          row={(candidate) => (
            <tr key={candidate.miner.id}>
              <td>
                <MinerLink miner={candidate.miner} />
              </td>
              <td className="num mono">{candidate.votes}</td>
              <td className="num">
                {candidate.produced} / {candidate.slots}
              </td>
              <td className="num mono">{candidate.weight}</td>
            </tr>
          )}
        />
      </div>
    </Sheet>
  );
}
