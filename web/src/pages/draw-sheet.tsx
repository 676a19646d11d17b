/** The draw at the end of a round: as it was verified, or else as the node tells it, which the sheet says. */

import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../api/client';
import { receiptQuery } from '../api/queries';
import type { MinerRef, Round, RoundReceipt } from '../api/types';
import { useText } from '../i18n';
import { count } from '../lib/format';
import type { CheckedRound } from '../lib/verify/reading';
import { Loaded, MinerLink, Notice, Row } from '../ui/parts';
import { Fold } from '../ui/fold';
import { Table } from '../ui/table';
import { differences } from './round-agrees';

/** What of a draw is shown, wherever it comes from. */
interface Draw {
  readonly round: number;
  readonly kept: boolean;
  readonly seed: string;
  readonly beacon: string;
  readonly picks: readonly {
    readonly index: number;
    readonly miner: MinerRef;
    readonly total: string;
    readonly point: string;
    readonly hash: string;
  }[];
  readonly candidates: readonly {
    readonly miner: MinerRef;
    readonly votes: string;
    readonly produced: number;
    readonly slots: number;
    readonly weight: string;
  }[];
}

function drawTold({ seed, draw }: RoundReceipt): Draw {
  return { ...draw, seed };
}

/** Names of candidates are no part of the evidence, those of members and drawn ones are: others have those that the node tells. */
function drawRead({ seed, beacon, draw, committee }: CheckedRound, told: RoundReceipt | undefined): Draw {
  const names = new Map([
    ...(told?.draw.candidates ?? []).map(({ miner }) => [miner.id, miner.name] as const),
    ...[...committee, ...draw.members].map(({ miner }) => [miner.id, miner.name] as const),
  ]);
  return {
    ...draw,
    seed,
    beacon,
    candidates: draw.candidates.map((one) => ({
      ...one,
      miner: { id: one.miner, name: names.get(one.miner) ?? '' },
    })),
  };
}

export function DrawSheet({
  round,
  checked,
}: {
  readonly round: Round;
  /** What the check in this browser read of this round, if there was one and all of it holds. */
  readonly checked: CheckedRound | null;
}) {
  const t = useText();
  const receipt = useQuery(receiptQuery(round.round));
  if (checked !== null) {
    const parts = differences(round, receipt.data, checked);
    return (
      <>
        {parts.length === 0 ? (
          <Notice kind="good">{t.round.agrees}</Notice>
        ) : (
          <Notice kind="bad">
            {t.round.differs}: {parts.map((part) => t.round.parts[part]).join(', ')}
          </Notice>
        )}
        <DrawTables draw={drawRead(checked, receipt.data)} verified />
      </>
    );
  }
  // What a node no longer keeps it can't tell.
  if (receipt.error instanceof ApiError && receipt.error.status === 410) return null;
  return (
    <Loaded query={receipt} lines={6}>
      {(data) => <DrawTables draw={drawTold(data)} verified={false} />}
    </Loaded>
  );
}

function DrawTables({ draw, verified }: { readonly draw: Draw; readonly verified: boolean }) {
  const t = useText();
  return (
    <Fold
      title={t.round.drawn(count(draw.round, t.locale))}
      aside={
        <span className={verified ? 'tag good' : 'tag warn'} data-draw={verified ? 'verified' : 'told'}>
          {verified ? t.round.drawVerified : t.round.drawTold}
        </span>
      }
    >
      <div className="stack">
        <p className="muted">{verified ? t.round.receiptNote(String(draw.round)) : t.round.drawToldNote}</p>
        {draw.kept ? <p>{t.round.kept}</p> : null}
        <dl className="pairs">
          <Row label={t.round.seed}>
            <span className="hash break">{draw.seed}</span>
          </Row>
          <Row label={t.round.beacon}>
            <span className="hash break">{draw.beacon}</span>
          </Row>
        </dl>
        <h3>{t.round.picks}</h3>
        <Table
          label={t.round.picks}
          rows={draw.picks}
          rowKey={(pick) => pick.index}
          columns={[
            { name: 'i', num: true, cell: (pick) => count(pick.index + 1, t.locale) },
            { name: t.common.miner, cell: (pick) => <MinerLink miner={pick.miner} /> },
            {
              name: t.round.total,
              num: true,
              wide: true,
              cell: (pick) => <span className="mono">{pick.total}</span>,
            },
            {
              name: t.round.point,
              num: true,
              wide: true,
              cell: (pick) => <span className="mono">{pick.point}</span>,
            },
            { name: 'H(i)', wide: true, cell: (pick) => <span className="hash">{pick.hash}</span> },
          ]}
        />
        <h3>{t.round.candidates(count(draw.candidates.length, t.locale))}</h3>
        {verified ? <p className="small muted">{t.round.namesTold}</p> : null}
        <Table
          label={t.round.candidates(String(draw.candidates.length))}
          rows={draw.candidates}
          rowKey={(candidate) => candidate.miner.id}
          portion={50}
          columns={[
            { name: t.common.miner, cell: (candidate) => <MinerLink miner={candidate.miner} /> },
            {
              name: t.round.votes,
              word: 'votes',
              num: true,
              wide: true,
              cell: (candidate) => <span className="mono">{candidate.votes}</span>,
            },
            {
              name: t.round.slots,
              num: true,
              cell: (candidate) => `${candidate.produced} / ${candidate.slots}`,
            },
            {
              name: t.round.weight,
              num: true,
              wide: true,
              cell: (candidate) => <span className="mono">{candidate.weight}</span>,
            },
          ]}
        />
      </div>
    </Fold>
  );
}
