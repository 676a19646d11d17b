/** Blocks in a table, for the pages that list some. */

import type { ReactNode } from 'react';
import type { BlockSummary } from '../api/types';
import { useText } from '../i18n';
import { count } from '../lib/format';
import { When } from '../ui/clock';
import { BlockLink, MinerLink, RoundLink } from '../ui/parts';
import { Table } from '../ui/table';

export function BlockTable({
  blocks,
  more,
  inPlace = false,
}: {
  readonly blocks: readonly BlockSummary[];
  readonly more?: ReactNode;
  /** Rows take new blocks in without moving. */
  readonly inPlace?: boolean;
}) {
  const t = useText();
  return (
    <Table
      label={t.blocks.title}
      rows={blocks}
      rowKey={(block, index) => (inPlace ? index : block.height)}
      more={more}
      columns={[
        {
          name: t.common.height,
          cell: (block) => <BlockLink height={block.height} />,
        },
        { name: t.common.round, word: 'round', cell: (block) => <RoundLink round={block.round} /> },
        { name: t.common.slot, word: 'slot', num: true, cell: (block) => count(block.slot, t.locale) },
        {
          name: t.common.producer,
          cell: (block) =>
            block.producer == null ? (
              <span className="muted">{t.blocks.genesis}</span>
            ) : (
              <MinerLink miner={block.producer} />
            ),
        },
        {
          name: t.blocks.missedBefore,
          cell: (block) => (block.missed.length === 0 ? t.common.none : <Missed slots={block.missed} />),
        },
        { name: t.blocks.transactions, num: true, cell: (block) => count(block.transactions, t.locale) },
        { name: t.common.time, num: true, cell: (block) => <When ms={block.timestamp_ms} /> },
      ]}
    />
  );
}

function Missed({ slots }: { readonly slots: BlockSummary['missed'] }) {
  const t = useText();
  return slots.map((slot, index) => (
    <span key={slot.slot}>
      {index === 0 ? null : t.marks.list}
      <MinerLink miner={slot.miner} />
    </span>
  ));
}
