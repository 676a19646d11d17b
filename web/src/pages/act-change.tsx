/** What a request makes of the position at the end of the round, and how certain that is. */

import type { Account, Preview, ProjectedPosition, Schema } from '../api/types';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { percent } from '../lib/format';
import { type Projected, projectedVotes } from '../lib/mechanism/projection';
import { Amount, Foreign, MinerLink, Votes } from '../ui/parts';
import type { Draft } from './act-draft';

function Arrow() {
  return (
    <span className="arrow" aria-label="→">
      →
    </span>
  );
}

export function PositionChange({
  before,
  after,
  range: [best, worst],
  preview,
  account,
  draft,
}: {
  readonly before: Projected | null;
  readonly after: Projected | null;
  /** Its time gain at best and at worst. */
  readonly range: readonly [number | null, number | null];
  readonly preview: Preview | undefined;
  readonly account: Account;
  readonly draft: Draft;
}) {
  const t = useText();
  const minerName = (id: number | null | undefined, position: ProjectedPosition | null | undefined) => {
    if (id == null) return <span className="muted">{t.common.nobody}</span>;
    if (draft.miner?.id === id) return <MinerLink miner={draft.miner} />;
    return position?.miner?.id === id ? <MinerLink miner={position.miner} /> : <>#{id}</>;
  };
  const until = untilThen(account, t);
  const range = uncertain(account, best, worst, t);
  return (
    <>
      <dt>{t.act.minerChange}</dt>
      <dd>
        {minerName(before?.miner, preview === undefined ? account.projected : preview.before)}
        <Arrow />
        {minerName(after?.miner, preview === undefined ? account.projected : preview.after)}
      </dd>
      <dt>{t.act.lockedChange}</dt>
      <dd>
        <Amount units={before?.locked ?? 0n} />
        <Arrow />
        <Amount units={after?.locked ?? 0n} />
      </dd>
      {until === null ? null : (
        <>
          <dt>{t.review.untilThen}</dt>
          <dd>
            <Foreign text={until} />
          </dd>
        </>
      )}
      <dt>{t.act.gainChange}</dt>
      <dd>
        {before?.timeGain ?? t.common.none}
        <Arrow />
        <strong>{after?.timeGain ?? t.common.none}</strong>
        {preview === undefined ? null : (
          <span className="muted small">
            {t.marks.open}
            {gainWhyText(preview, before?.timeGain === after?.timeGain, t)}
            {t.marks.close}
          </span>
        )}
      </dd>
      {range === null ? null : (
        <>
          <dt>{t.review.notCertain}</dt>
          <dd>
            <Foreign text={range} />
          </dd>
        </>
      )}
      <dt>{t.act.votesChange}</dt>
      <dd>
        <Votes raw={projectedVotes(before)} />
        <Arrow />
        <Votes raw={projectedVotes(after)} />
      </dd>
      {preview?.miners.map((effect) => (
        <ChanceRow key={effect.miner.id} effect={effect} />
      ))}
    </>
  );
}

/** Why the time gain is what it will be; a halving of 1 changes nothing. */
function gainWhyText(preview: Preview, unchanged: boolean, t: Text): string {
  const why = preview.time_gain_change;
  return why === 'halved' && unchanged ? t.act.gainWhy.none : t.act.gainWhy[why];
}

/** What the end of the round does to the time gain before the request takes effect; null if nothing. */
function untilThen({ position, round_end: end }: Account, t: Text): string | null {
  if (position == null) return null;
  const due: string[] = [];
  if (position.miner != null && end.halvings_expected > 0) {
    due.push(
      t.review.blocksDue(position.miner.name, String(end.halvings_expected), String(end.halvings_due)),
    );
  }
  if (end.days > 0) due.push(t.review.daysDue(String(end.days)));
  return due.length === 0 ? null : t.review.nowAndDue(String(position.time_gain), due.join(t.review.and));
}

/** The best and the worst, where they differ. */
function uncertain(account: Account, best: number | null, worst: number | null, t: Text): string | null {
  if (best === null || worst === null || best === worst) return null;
  const miner = account.position?.miner;
  return miner == null
    ? t.review.dayUncertain(String(best), String(worst))
    : t.review.blocksUncertain(
        miner.name,
        String(best),
        String(worst),
        String(account.round_end.blocks_to_come),
      );
}

function ChanceRow({ effect }: { readonly effect: Schema<'PreviewMiner'> }) {
  const t = useText();
  return (
    <>
      <dt>
        <Foreign text={t.act.minerEffect(effect.miner.name)} />
      </dt>
      <dd>
        {percent(effect.inclusion_before_ppb)}
        <Arrow />
        {percent(effect.inclusion_after_ppb)}
      </dd>
    </>
  );
}
