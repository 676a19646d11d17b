import { useQuery } from '@tanstack/react-query';
import { ed25519 } from '@noble/curves/ed25519.js';
import { useMemo, type ReactElement } from 'react';
import { transactionQuery } from '../api/queries';
import type { Outcome, Payload, Transaction, TransactionSummary } from '../api/types';
import { useText } from '../i18n';
import { fromHex, fromHexOf } from '../lib/bytes';
import { addressOf } from '../lib/address';
import { decodeTransaction, signingBytes, transactionHash } from '../lib/codec/transaction';
import { count, instant } from '../lib/format';
import { refusalText } from '../lib/refusal';
import { useAddressPart } from '../ui/address-bar';
import {
  AddressLink,
  Amount,
  BlockLink,
  Copyable,
  Foreign,
  ForeignLink,
  Loaded,
  MinerLink,
  Notice,
  PageHead,
  Sheet,
  Row,
} from '../ui/parts';
import { StatusTag } from './blocks';

/** Whether hash, sender and signature fit the encoding the node sent. */
function isGenuine(transaction: Transaction): boolean {
  try {
    const encoded = fromHex(transaction.encoded);
    const decoded = decodeTransaction(encoded);
    const key = fromHexOf(decoded.sender, 32);
    return (
      transactionHash(encoded) === transaction.hash &&
      addressOf(key) === transaction.sender &&
      ed25519.verify(decoded.signature, signingBytes(decoded), key, { zip215: true })
    );
  } catch {
    return false;
  }
}

export function TransactionPage(): ReactElement {
  const t = useText();
  const hash = useAddressPart('hash');
  const query = useQuery(transactionQuery(hash));
  const data = query.data;
  const genuine = useMemo(() => (data === undefined ? true : isGenuine(data)), [data]);
  return (
    <Loaded query={query} lines={8} page={t.transaction.title}>
      {(transaction) => {
        const summary: TransactionSummary = transaction;
        return (
          <>
            <PageHead
              name={`${t.transaction.title}${t.marks.colon}${t.transaction.kinds[summary.payload.kind]}`}
              title={
                <>
                  {t.transaction.title}
                  {t.marks.colon}
                  {t.transaction.kinds[summary.payload.kind]}
                </>
              }
            >
              <StatusTag transaction={summary} />
            </PageHead>
            <Sheet>
              <dl className="pairs">
                <Row label={t.common.hash}>
                  <Copyable text={summary.hash} />
                  {genuine ? (
                    <div className="small good">✓ {t.transaction.signatureGood}</div>
                  ) : (
                    <Notice kind="bad">{t.transaction.signatureBad}</Notice>
                  )}
                </Row>
                <Row label={t.transaction.sender}>
                  <AddressLink address={summary.sender} full />
                </Row>
                <PayloadRows payload={summary.payload} />
                <Row label={t.common.fee}>
                  <Amount units={summary.fee} />
                </Row>
                <Row label={t.transaction.nonce}>{count(summary.nonce, t.locale)}</Row>
                <Row label={t.transaction.expires}>{count(summary.expires_at, t.locale)}</Row>
                {summary.height == null ? null : (
                  <Row label={t.common.height}>
                    <BlockLink height={summary.height} />
                  </Row>
                )}
                {summary.timestamp_ms == null ? null : (
                  <Row label={t.common.time}>{instant(summary.timestamp_ms, t.locale)}</Row>
                )}
                {summary.outcome == null ? null : (
                  <Row label={t.transaction.outcome}>
                    <OutcomeText outcome={summary.outcome} />
                  </Row>
                )}
              </dl>
            </Sheet>
            <Sheet title={t.transaction.encoded}>
              <p className="hash break">{transaction.encoded}</p>
            </Sheet>
          </>
        );
      }}
    </Loaded>
  );
}

function OutcomeText({ outcome }: { readonly outcome: Outcome }) {
  const t = useText();
  if (!outcome.accepted) {
    const why = outcome.refused == null ? '' : refusalText(outcome.refused, t);
    return <Foreign text={t.transaction.refused(why)} />;
  }
  const { effect } = outcome;
  const texts = t.transaction.effect;
  let when: string;
  switch (effect.state) {
    case 'immediate':
      when = texts.immediate;
      break;
    case 'none':
      when = texts.none;
      break;
    case 'waiting':
    case 'applied':
    case 'void':
      when = texts[effect.state](count(effect.round, t.locale));
      break;
  }
  return (
    <>
      {t.transaction.accepted}
      {t.marks.comma}
      {when}
    </>
  );
}

function PayloadRows({ payload }: { readonly payload: Payload }) {
  const t = useText();
  switch (payload.kind) {
    case 'transfer':
      return (
        <>
          <Row label={t.transaction.recipient}>
            <AddressLink address={payload.recipient} full />
          </Row>
          <Row label={t.common.amount}>
            <Amount units={payload.amount} />
          </Row>
          {payload.memo === '' ? null : (
            <Row label={t.transaction.memo}>
              <Foreign text={payload.memo} />
              <div className="small muted">{t.transaction.memoNote}</div>
            </Row>
          )}
        </>
      );
    case 'lock':
    case 'unlock':
      return (
        <Row label={t.common.amount}>
          <Amount units={payload.amount} />
        </Row>
      );
    case 'vote':
      return (
        <Row label={t.common.miner}>
          <MinerLink miner={payload.miner} />
        </Row>
      );
    case 'register':
      return (
        <>
          <Row label={t.act.name}>
            <Foreign text={payload.name} />
          </Row>
          <Row label={t.act.dial}>
            <Foreign text={payload.dial_address} />
          </Row>
          {payload.contact == null ? null : (
            <Row label={t.act.contact}>
              <ForeignLink text={payload.contact} />
            </Row>
          )}
        </>
      );
    case 'update':
      return (
        <>
          <Row label={t.act.dial}>
            <Foreign text={payload.dial_address} />
          </Row>
          {payload.contact == null ? null : (
            <Row label={t.act.contact}>
              <ForeignLink text={payload.contact} />
            </Row>
          )}
        </>
      );
    case 'withdraw':
    case 'resign':
    case 'heartbeat':
      return null;
  }
}
