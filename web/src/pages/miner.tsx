import type { ReactElement } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '../router/link';
import { minerHistoryQuery, minerQuery, statusQuery } from '../api/queries';
import type { MinerDetail } from '../api/types';
import { useText } from '../i18n';
import { ETM, formatAmount, readInteger } from '../lib/amount';
import { coefficientText, count, micro, percent } from '../lib/format';
import { Fold } from '../ui/fold';
import { Band, Spark } from '../ui/marks';
import { useAddressPart } from '../ui/address-bar';
import {
  AddressLink,
  Amount,
  BlockLink,
  Copyable,
  Fact,
  Foreign,
  ForeignLink,
  Loaded,
  MinerLink,
  NoPast,
  Notice,
  PageHead,
  Percent,
  RoundLink,
  Votes,
  Row,
  Since,
} from '../ui/parts';
import { Table } from '../ui/table';
import { useWallet } from '../wallet/context';
import { History } from './miner-history';
import { MinerTags } from './miner-tags';
import { Returns } from './miner-returns';

export function MinerPage(): ReactElement {
  const t = useText();
  const name = useAddressPart('miner');
  const { active } = useWallet();
  const query = useQuery(minerQuery(name, active?.address ?? null, 1));
  const history = useQuery({ ...minerHistoryQuery(name), enabled: query.data?.past !== false });
  const { data: running = 0 } = useQuery({ ...statusQuery, select: (status) => status.progress.round });
  return (
    <Loaded query={query} lines={10} page={t.miner.title(name)}>
      {(miner) => (
        <>
          <PageHead
            name={t.miner.title(miner.name)}
            title={
              <>
                <Foreign text={t.miner.title(miner.name)} /> <span className="muted small">#{miner.id}</span>
              </>
            }
          >
            {miner.state === 'registered' && !miner.my_vote ? (
              <Link to="/vote" search={{ do: 'vote', miner: String(miner.id) }} className="button primary">
                {t.miner.voteNow}
              </Link>
            ) : null}
          </PageHead>
          <div className="row">
            <MinerTags miner={miner} />
          </div>
          {miner.lookalikes.length === 0 ? null : (
            <Notice kind="warn">
              {t.miner.lookalikes}
              {t.marks.colon}
              {miner.lookalikes.slice(0, 20).map((other, index) => (
                <span key={other.id}>
                  {index === 0 ? null : t.marks.list}
                  <MinerLink miner={other} /> <span className="muted">#{other.id}</span>
                </span>
              ))}
            </Notice>
          )}
          {miner.past ? null : <NoPast />}
          <Since round={miner.counted_from} />
          <Figures miner={miner} />
          <Returns miner={miner} />
          {miner.past ? (
            <Loaded query={history} lines={6}>
              {(page) => <History rounds={page.rounds} last={miner.state === 'resigned' ? 0 : running - 1} />}
            </Loaded>
          ) : null}
          <div className="grid-2">
            {miner.past ? <Voters miner={miner} /> : null}
            <Identity miner={miner} />
          </div>
        </>
      )}
    </Loaded>
  );
}

function Figures({ miner }: { readonly miner: MinerDetail }) {
  const t = useText();
  return (
    <dl className="facts even">
      <Fact name={t.miners.columns.rank}>{count(miner.rank, t.locale)}</Fact>
      <Fact name={t.miners.columns.votes} word="votes" note={percent(miner.votes_share_ppb)}>
        <Votes raw={miner.votes} />
      </Fact>
      {miner.past ? (
        <Fact name={t.miners.columns.locked} note={t.miner.voters(count(miner.voters, t.locale))}>
          <Amount units={miner.locked} />
        </Fact>
      ) : null}
      <Fact
        name={t.miners.columns.coefficient}
        word="coefficient"
        note={`${t.miners.columns.produced}${t.marks.colon}${count(miner.produced, t.locale)}\u00a0/\u00a0${count(miner.missed, t.locale)}`}
      >
        {coefficientText(readInteger(miner.coefficient))}
      </Fact>
      <Fact name={t.miners.columns.weight} word="weight">
        <Votes raw={miner.weight} />
      </Fact>
      <Fact name={t.miners.columns.inclusion} word="chance">
        <Percent ppb={miner.inclusion_ppb} />
      </Fact>
      {miner.past ? <SeatsSoFar miner={miner} /> : null}
      <Fact name={t.miners.columns.bonus} word="bonus" note={t.common.estimate}>
        <Amount units={miner.estimated_bonus_per_day} unit={false} />
      </Fact>
      {miner.past ? <Sums miner={miner} /> : null}
    </dl>
  );
}

/** What it had of late. */
function SeatsSoFar({ miner }: { readonly miner: MinerDetail }) {
  const t = useText();
  const low = Math.max(0, miner.expected_seats_micro - 2 * miner.seats_deviation_micro);
  const high = miner.expected_seats_micro + 2 * miner.seats_deviation_micro;
  return (
    <>
      <Fact name={t.miners.columns.recent}>
        <Spark
          recent={miner.recent}
          label={t.miners.recentLabel(String(miner.seats), String(miner.recent.length))}
        />
      </Fact>
      <Fact
        name={t.miners.columns.seats}
        note={
          <>
            {miner.seats} / {micro(miner.expected_seats_micro)}{' '}
            <span className="nowrap">
              ({micro(low)} – {micro(high)})
            </span>
          </>
        }
      >
        <Band
          actual={miner.seats * 1_000_000}
          expected={miner.expected_seats_micro}
          deviation={miner.seats_deviation_micro}
          label={t.miners.bandLabel(
            String(miner.seats),
            micro(miner.expected_seats_micro),
            micro(low),
            micro(high),
          )}
        />
      </Fact>
    </>
  );
}

/** What it came to in all its life. */
function Sums({ miner }: { readonly miner: MinerDetail }) {
  const t = useText();
  return (
    <>
      <Fact name={t.miner.pools}>
        <Amount units={miner.pools_total} />
      </Fact>
      <Fact
        name={t.miner.rewards}
        note={`${t.miner.fees}${t.marks.colon}${formatAmount(readInteger(miner.fees_total), { group: ',' })}${ETM}`}
      >
        <Amount units={miner.rewards_total} />
      </Fact>
      <Fact
        name={t.miner.seatsTotal}
        word="committee"
        note={`${t.miner.lucky}${t.marks.colon}${miner.lucky_total}`}
      >
        {count(miner.seats_total, t.locale)}
      </Fact>
    </>
  );
}

function Voters({ miner }: { readonly miner: MinerDetail }) {
  const t = useText();
  const classes = miner.voters_by_size;
  const short = (units: string) => formatAmount(readInteger(units), { group: ',' });
  const largest = Math.max(1, ...classes.map((size) => size.voters));
  return (
    <Fold title={t.miner.votersBySize} flush>
      <Table
        label={t.miner.votersBySize}
        rows={classes}
        rowKey={(size) => size.from}
        empty={t.miner.voters('0')}
        columns={[
          {
            name: t.common.locked,
            wide: true,
            cell: (size) => (
              <>
                {t.miner.sizeFrom(short(size.from), short(size.below))}
                <svg width="100%" height="6" aria-hidden="true">
                  <rect width={`${(100 * size.voters) / largest}%`} height="6" fill="var(--accent)" rx="2" />
                </svg>
              </>
            ),
          },
          { name: t.miners.columns.voters, num: true, cell: (size) => count(size.voters, t.locale) },
          { name: t.common.total, of: (size) => size.locked },
        ]}
      />
    </Fold>
  );
}

function Identity({ miner }: { readonly miner: MinerDetail }) {
  const t = useText();
  return (
    <Fold title={t.miner.contact}>
      <dl className="pairs">
        <Row label={t.miner.contact}>
          {miner.contact == null ? t.common.none : <ForeignLink text={miner.contact} />}
          {miner.contact == null ? null : <div className="small muted">{t.miner.contactNote}</div>}
        </Row>
        <Row label={t.miner.owner}>
          <AddressLink address={miner.owner} full />
        </Row>
        {miner.past && (miner.counted_from == null || miner.registered_height != null) ? (
          <Row label={t.miner.registered}>
            {miner.registered_height == null ? (
              t.miner.genesis
            ) : (
              <BlockLink height={miner.registered_height} />
            )}
          </Row>
        ) : null}
        <Row label={t.miner.deposit}>
          <Amount units={miner.deposit} />
        </Row>
        {miner.past && (miner.counted_from == null || miner.last_block != null) ? (
          <Row label={t.miner.lastBlock}>
            {miner.last_block == null ? t.common.none : <BlockLink height={miner.last_block} />}
          </Row>
        ) : null}
        <Row label={t.miner.lastSeen}>
          {miner.last_seen_round == null ? t.common.none : <RoundLink round={miner.last_seen_round} />}
        </Row>
        <Row label={t.miner.dial}>
          <Foreign text={miner.dial_address} />
        </Row>
        <Row label={t.miner.nodeKey}>
          <Copyable text={miner.node_key} short />
        </Row>
        <Row label={t.miner.blsKey}>
          <Copyable text={miner.bls_key} short />
        </Row>
      </dl>
    </Fold>
  );
}
