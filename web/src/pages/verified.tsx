import { useText } from '../i18n';
import { count } from '../lib/format';
import { type CheckedRound, missedIn, type MinerName } from '../lib/verify/reading';
import { Amount, Fact, MinerLink, Votes } from '../ui/parts';
import { Table } from '../ui/table';

/** What a check read: nothing in here comes from anywhere but its output. */
export function VerifiedRound({ reading }: { readonly reading: CheckedRound }) {
  const t = useText();
  const { distribution, draw } = reading;
  const missed = missedIn(reading);
  return (
    <section className="stack" aria-label={t.verify.verified} data-verified={reading.round}>
      <h3>
        {t.verify.verified}
        {t.marks.colon}
        {t.round.title(count(reading.round, t.locale))}
      </h3>
      <dl className="facts">
        <Fact name={t.rounds.columns.blocks}>{count(reading.blocks.length, t.locale)}</Fact>
        <Fact name={t.rounds.columns.missed}>{count(missed, t.locale)}</Fact>
        <Fact name={t.verify.signed}>
          {count(reading.signers.length, t.locale)} / {count(reading.committee.length, t.locale)}
        </Fact>
        <Fact name={t.round.lucky}>
          <MinerLink miner={reading.lucky.miner} />
        </Fact>
        <Fact name={t.round.bonus}>
          <Amount units={distribution.total} />
        </Fact>
        <Fact name={t.round.carryIn}>
          <Amount units={distribution.carry_in} />
        </Fact>
        <Fact name={t.round.carryOut}>
          <Amount units={distribution.carry_out} />
        </Fact>
        <Fact name={t.round.fees}>
          <Amount units={distribution.fees} />
        </Fact>
      </dl>
      <Table
        label={t.verify.verified}
        rows={reading.pools}
        rowKey={(pool) => pool.miner.id}
        columns={[
          { name: t.common.miner, title: true, cell: (pool) => <MinerLink miner={pool.miner} /> },
          { name: t.round.produced, num: true, cell: (pool) => count(pool.produced, t.locale) },
          {
            name: t.round.missed,
            num: true,
            cell: (pool) => (pool.missed === null ? t.common.none : count(pool.missed, t.locale)),
          },
          { name: t.round.votes, num: true, cell: (pool) => <Votes raw={pool.votes} /> },
          { name: t.round.pool, of: (pool) => pool.pool },
          { name: t.round.fees, of: (pool) => pool.fees },
        ]}
      />
      <h3>{t.round.drawn(String(draw.round))}</h3>
      {draw.kept ? <p>{t.round.kept}</p> : null}
      <p>
        <Names members={draw.members.map((member) => member.miner)} />
      </p>
      <p className="small muted">{t.round.candidates(count(draw.candidates.length, t.locale))}</p>
    </section>
  );
}

function Names({ members }: { readonly members: readonly MinerName[] }) {
  const t = useText();
  return members.map((miner, index) => (
    <span key={miner.id}>
      {index === 0 ? '' : t.marks.list}
      <MinerLink miner={miner} />
    </span>
  ));
}
