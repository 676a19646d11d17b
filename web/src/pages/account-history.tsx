import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { allBonus, bonusQuery, timelineQuery } from '../api/queries';
import type { BonusRow } from '../api/types';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { formatAmount, readInteger } from '../lib/amount';
import { csvLine, instant, percent, saveFile } from '../lib/format';
import { useAddressSearch, useChangeSearch } from '../ui/address-bar';
import { When } from '../ui/clock';
import { Amount, BlockLink, Failure, Foreign, Loaded, MoreButton, RoundLink, Since } from '../ui/parts';
import { Table } from '../ui/table';
import { changeText, gainsOf } from './timeline-text';

function whyText(row: BonusRow, t: Text): string {
  const miner = row.miner?.name ?? t.common.nobody;
  const pool = formatAmount(readInteger(row.pool), { group: ',' });
  switch (row.why) {
    case 'shared':
    case 'shared_lucky':
      return t.position.why[row.why](percent(row.share_ppb ?? 0), miner, pool);
    case 'not_in_committee':
    case 'nothing_to_share':
      return t.position.why[row.why](miner);
    case 'no_vote':
      return t.position.why.no_vote;
  }
}

export function BonusRows({ address }: { readonly address: string }) {
  const t = useText();
  const search = useAddressSearch();
  const change = useChangeSearch();
  const earnedOnly = search['paid'] === '1';
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
        whyText(row, t).replaceAll('\u00a0', ' '),
        row.miner?.name ?? '',
        row.time_gain,
        formatAmount(readInteger(row.locked)),
        row.share_ppb ?? '',
        formatAmount(readInteger(row.pool)),
        row.lucky ? t.common.yes : t.common.no,
      ]),
    );
    saveFile(`etm-bonus-${address}.csv`, 'text/csv', csvLine(t.position.csvColumns) + lines.join(''));
  };
  return (
    <>
      <div className="toolbar small">
        <label className="row">
          <input
            type="checkbox"
            checked={earnedOnly}
            onChange={(event) => change({ paid: event.target.checked ? '1' : undefined })}
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
      </div>
      {failure === null ? null : <Failure error={failure} />}
      <Loaded query={query}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.rounds);
          const total = data.pages[0]?.total_earned ?? '0';
          const since = data.pages[0]?.counted_from;
          if (rows.length === 0) {
            if (since != null) return <Since round={since} />;
            return <p className="empty">{earnedOnly ? t.position.noBonusPaid : t.position.noBonus}</p>;
          }
          return (
            <>
              <p className="toolbar">
                <span>
                  {since == null ? t.position.bonusTotal : t.position.bonusSince(String(since))}
                  {t.marks.colon}
                  <Amount units={total} />
                </span>
              </p>
              <Table
                label={t.position.bonus}
                rows={rows}
                rowKey={(row) => row.round}
                more={<MoreButton query={query} />}
                columns={[
                  { name: t.common.round, cell: (row) => <RoundLink round={row.round} /> },
                  { name: t.common.amount, of: (row) => row.earned },
                  { name: t.common.timeGain, word: 'timeGain', num: true, cell: (row) => row.time_gain },
                  {
                    name: t.position.reason,
                    wide: true,
                    cell: (row) => (
                      <>
                        <Foreign text={whyText(row, t)} />
                        {t.marks.gap}
                        {row.lucky ? <span className="tag accent">{t.miner.luckyRound}</span> : null}
                      </>
                    ),
                  },
                ]}
              />
              <Since round={since} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** Only a change is shown as one. */
function Gains({ gains: [before, after] }: { readonly gains: readonly [number, number] | readonly [] }) {
  return before === after ? null : (
    <span className="muted figure">
      t {before} → {after}
    </span>
  );
}

export function Timeline({ address }: { readonly address: string }) {
  const t = useText();
  const query = useInfiniteQuery(timelineQuery(address));
  return (
    <>
      <Loaded query={query}>
        {(data) => {
          const entries = data.pages.flatMap((page) => page.entries);
          const since = data.pages[0]?.counted_from;
          if (entries.length === 0) {
            if (since != null) return <Since round={since} />;
            return <p className="empty">{t.position.noTimeline}</p>;
          }
          return (
            <>
              <ul className="timeline">
                {entries.map((entry, index) => (
                  <li key={index}>
                    <RoundLink round={entry.round} named />
                    <span>
                      <Foreign text={changeText(entry, t)} /> <Gains gains={gainsOf(entry)} />
                      {entry.change.kind === 'halving' ? (
                        <span className="small muted">
                          {t.marks.open}
                          {t.position.blocksThatHalved(entry.change.blocks.length)}{' '}
                          {entry.change.blocks.map((height, number) => (
                            <span key={height}>
                              {number === 0 ? null : t.marks.list}
                              <BlockLink height={height} label={String(height)} />
                            </span>
                          ))}
                          {t.marks.close}
                        </span>
                      ) : null}
                    </span>
                    <span className="muted small" title={instant(entry.timestamp_ms, t.locale)}>
                      <When ms={entry.timestamp_ms} />
                    </span>
                  </li>
                ))}
              </ul>
              <Since round={since} />
            </>
          );
        }}
      </Loaded>
      <MoreButton query={query} />
    </>
  );
}
