import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, type ReactElement } from 'react';
import { blockQuery, blockReceiptsQuery, standingBlocksQuery, statusQuery } from '../api/queries';
import type { BlockSummary, Outcome, ReceiptInfo, TransactionSummary } from '../api/types';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { formatAmount, readInteger } from '../lib/amount';
import { fromHex } from '../lib/bytes';
import { headerHash } from '../lib/codec/block';
import { coefficientText, count, countOf, instant } from '../lib/format';
import { refusalText } from '../lib/refusal';
import { useAddressPart } from '../ui/address-bar';
import { When } from '../ui/clock';
import {
  AddressLink,
  Amount,
  BlockLink,
  Copyable,
  Foreign,
  Loaded,
  MinerLink,
  MoreButton,
  Notice,
  PageHead,
  RoundLink,
  Sheet,
  TransactionLink,
  Row,
} from '../ui/parts';
import { NewerBar } from '../ui/standing';
import { columnsOf, Table } from '../ui/table';
import { BlockTable } from './block-table';
import { requestText } from './request-text';

export function BlocksPage(): ReactElement {
  const t = useText();
  const query = useInfiniteQuery(standingBlocksQuery);
  const { data: tip = 0 } = useQuery({ ...statusQuery, select: (status) => status.tip.height });
  return (
    <>
      <PageHead title={t.blocks.title} lead={t.blocks.newest} />
      <Sheet flush>
        <Loaded query={query} lines={12}>
          {(data) => (
            <>
              <NewerBar
                newer={tip - (data.pages[0]?.blocks[0]?.height ?? tip)}
                onShow={() => void query.refetch()}
              />
              <BlockTable
                blocks={data.pages.flatMap((page) => page.blocks)}
                more={<MoreButton query={query} />}
              />
            </>
          )}
        </Loaded>
      </Sheet>
    </>
  );
}

/** The block that is there, for those who asked for one that isn't yet. */
function NewestBlock() {
  const t = useText();
  const { data: height } = useQuery({ ...statusQuery, select: (status) => status.tip.height });
  if (height === undefined) return null;
  return (
    <p>
      {t.block.newest}
      {t.marks.colon}
      <BlockLink height={height} />
    </p>
  );
}

export function BlockPage(): ReactElement {
  const t = useText();
  const name = useAddressPart('block');
  const query = useQuery(blockQuery(name));
  const receipts = useQuery(blockReceiptsQuery(name));
  const header = query.data?.header;
  const hashFits = useMemo(
    () => header !== undefined && headerHash(fromHex(header.encoded)) === query.data?.hash,
    [header, query.data?.hash],
  );
  return (
    <Loaded query={query} lines={8} page={t.block.title(countOf(name, t.locale))} unknown={<NewestBlock />}>
      {(data) => {
        const summary: BlockSummary = data;
        return (
          <>
            <PageHead title={t.block.title(count(summary.height, t.locale))}>
              <nav className="row" aria-label={t.block.title(String(summary.height))}>
                {/* Genesis is no block, and the newest one has none after it yet. */}
                {summary.height <= 1 ? null : (
                  <BlockLink height={summary.height - 1} label={t.block.previous} />
                )}
                {data.confirmations === 0 ? null : (
                  <BlockLink height={summary.height + 1} label={t.block.next} />
                )}
              </nav>
            </PageHead>
            <Sheet>
              <dl className="pairs">
                <dt>{t.common.hash}</dt>
                <dd>
                  <Copyable text={summary.hash} />
                  {hashFits ? (
                    <div className="small good">✓ {t.block.hashChecked}</div>
                  ) : (
                    <Notice kind="bad">{t.block.hashWrong}</Notice>
                  )}
                </dd>
                <dt>{t.common.round}</dt>
                <dd>
                  <RoundLink round={summary.round} />
                  {t.marks.comma}
                  {t.common.ofSlot(count(summary.slot, t.locale))}
                </dd>
                <dt>{t.common.producer}</dt>
                <dd>
                  <MinerLink miner={summary.producer} />
                </dd>
                <dt>{t.common.time}</dt>
                <dd>{instant(summary.timestamp_ms, t.locale)}</dd>
                <dt>{t.blocks.missedBefore}</dt>
                <dd>
                  {summary.missed.length === 0 ? t.common.none : null}
                  {summary.missed.map((slot, index) => (
                    <span key={slot.slot}>
                      {index === 0 ? null : t.marks.list}
                      <MinerLink miner={slot.miner} />
                      {t.marks.open}
                      {t.common.ofSlot(count(slot.slot, t.locale))}
                      {t.marks.close}
                    </span>
                  ))}
                </dd>
                <dt>{t.block.reward}</dt>
                <dd>
                  <Amount units={data.reward} />
                </dd>
                <dt>{t.block.bonus}</dt>
                <dd>
                  <Amount units={data.bonus} />
                </dd>
                <dt>{t.blocks.size}</dt>
                <dd>{t.blocks.bytes(count(summary.size, t.locale))}</dd>
                <dt>{t.block.confirmations}</dt>
                <dd>{count(data.confirmations, t.locale)}</dd>
              </dl>
            </Sheet>
            <Sheet title={t.block.transactions} flush>
              <TransactionTable transactions={data.transaction_list} empty={t.block.noTransactions} />
            </Sheet>
            <Sheet title={t.block.events}>
              <Loaded query={receipts}>{(found) => <Receipts receipts={found.receipts} />}</Loaded>
            </Sheet>
            <Sheet title={t.block.header}>
              <dl className="pairs">
                {(
                  [
                    [t.block.parent, data.header.parent],
                    [t.block.vrf, data.header.vrf],
                    [t.block.beacon, data.header.beacon],
                    [t.block.transactionsRoot, data.header.transactions_root],
                    [t.block.stateRoot, data.header.state_root],
                    [t.block.receiptsRoot, data.header.receipts_root],
                  ] as const
                ).map(([label, value]) => (
                  <Row key={label} label={label}>
                    <span className="hash break">{value}</span>
                  </Row>
                ))}
              </dl>
            </Sheet>
            {data.committee == null ? null : (
              <Sheet title={t.block.announces}>
                <ol className="seats">
                  {data.committee.map((member, index) => (
                    <li key={member.miner.id}>
                      <span className="place">{index + 1}</span>
                      <MinerLink miner={member.miner} />
                    </li>
                  ))}
                </ol>
              </Sheet>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

export function TransactionTable({
  transactions,
  empty,
  account,
  fees = false,
  more,
}: {
  readonly transactions: readonly TransactionSummary[];
  readonly empty: string;
  /** Signs of amounts are seen from this account. */
  readonly account?: string;
  /** Shows what each pays. */
  readonly fees?: boolean;
  readonly more?: ReactNode;
}) {
  const t = useText();
  return (
    <Table
      label={t.block.transactions}
      rows={transactions}
      rowKey={(transaction) => transaction.hash}
      empty={empty}
      more={more}
      columns={columnsOf<TransactionSummary>(
        { name: t.common.hash, cell: (transaction) => <TransactionLink hash={transaction.hash} /> },
        { name: t.transaction.kind, cell: (transaction) => t.transaction.kinds[transaction.payload.kind] },
        {
          name: t.transaction.details,
          wide: true,
          cell: (transaction) => <PayloadCell transaction={transaction} account={account} />,
        },
        {
          name: t.transaction.sender,
          cell: (transaction) =>
            transaction.sender === account ? (
              t.transaction.ofThisAccount
            ) : (
              <AddressLink address={transaction.sender} />
            ),
        },
        { name: t.common.status, cell: (transaction) => <StatusTag transaction={transaction} /> },
        fees && {
          name: t.common.fee,
          of: (transaction) => transaction.fee,
        },
        {
          name: t.common.time,
          num: true,
          cell: (transaction) =>
            transaction.timestamp_ms == null ? t.common.none : <When ms={transaction.timestamp_ms} />,
        },
      )}
    />
  );
}

/** That it was refused; why, in words, is behind it. */
function RefusedTag({ refused }: { readonly refused: Outcome['refused'] }) {
  const t = useText();
  const why = refused == null ? '' : refusalText(refused, t);
  return (
    <>
      <span className="tag bad">{t.receipts.refusedShort}</span> <span className="small bad">{why}</span>
    </>
  );
}

export function StatusTag({ transaction }: { readonly transaction: TransactionSummary }) {
  const t = useText();
  if (transaction.outcome?.accepted === false) {
    return <RefusedTag refused={transaction.outcome.refused} />;
  }
  const kind =
    transaction.status === 'finalized' ? 'good' : transaction.status === 'included' ? 'accent' : 'warn';
  return <span className={`tag ${kind}`}>{t.transaction.status[transaction.status]}</span>;
}

function PayloadCell({
  transaction,
  account,
}: {
  readonly transaction: TransactionSummary;
  readonly account: string | undefined;
}) {
  const { payload } = transaction;
  switch (payload.kind) {
    case 'transfer':
      return (
        <>
          {account !== undefined && transaction.sender !== account ? '+' : ''}
          <Amount units={payload.amount} /> → <AddressLink address={payload.recipient} />
        </>
      );
    case 'lock':
    case 'unlock':
      return <Amount units={payload.amount} />;
    case 'vote':
      return <MinerLink miner={payload.miner} />;
    case 'register':
      return <Foreign text={payload.name} />;
    case 'withdraw':
    case 'update':
    case 'resign':
    case 'heartbeat':
      return null;
  }
}

function Receipts({ receipts }: { readonly receipts: readonly ReceiptInfo[] }) {
  const t = useText();
  return (
    <ul>
      {receipts.map((receipt, index) => (
        <li key={index}>
          {receipt.kind === 'transaction' ? (
            <>
              {t.receipts.transaction} <TransactionLink hash={receipt.hash} />
              {t.marks.colon}
              {receipt.outcome.accepted
                ? t.receipts.accepted
                : t.receipts.refused(
                    receipt.outcome.refused == null ? '' : refusalText(receipt.outcome.refused, t),
                  )}
            </>
          ) : (
            <Foreign text={receiptText(receipt, t)} />
          )}
        </li>
      ))}
    </ul>
  );
}

function receiptText(receipt: Exclude<ReceiptInfo, { kind: 'transaction' }>, t: Text): string {
  const amount = (units: string) => formatAmount(readInteger(units), { group: ',' });
  switch (receipt.kind) {
    case 'reward':
      return t.receipts.reward(receipt.miner.name, amount(receipt.amount));
    case 'missed':
      return t.receipts.missed(receipt.miner.name, String(receipt.slot));
    case 'fee_share':
      return t.receipts.fee_share(receipt.miner.name, amount(receipt.amount), String(receipt.blocks));
    case 'pool':
      return receipt.votes === '0'
        ? t.receipts.poolCarry(receipt.miner.name, amount(receipt.amount))
        : t.receipts.pool(receipt.miner.name, amount(receipt.amount));
    case 'lucky':
      return t.receipts.lucky(receipt.miner.name, amount(receipt.amount));
    case 'halving':
      return t.receipts.halving(receipt.miner.name, String(receipt.times));
    case 'day_tick':
      return t.receipts.day_tick(String(receipt.days));
    case 'request':
      return `${receipt.account}${t.marks.colon}${requestText(receipt.request, t)} – ${receipt.applied ? t.receipts.applied : t.receipts.void}`;
    case 'draw':
      return t.receipts.draw(String(receipt.round), String(receipt.members.length));
    case 'deposit_returned':
      return t.receipts.deposit_returned(receipt.miner.name, amount(receipt.amount));
    case 'bonus':
      return t.receipts.bonus(
        amount(receipt.total),
        amount(receipt.pool),
        amount(receipt.lucky),
        amount(receipt.carry),
      );
    case 'fees':
      return t.receipts.fees(amount(receipt.total), amount(receipt.per_block), amount(receipt.remainder));
    case 'average':
      return t.receipts.average(coefficientText(readInteger(receipt.coefficient)));
  }
}
