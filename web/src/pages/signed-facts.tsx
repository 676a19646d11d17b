/** Everything that a signature is put under, entry by entry. */

import type { ReactNode } from 'react';
import type { MinerRef } from '../api/types';
import { useText } from '../i18n';
import type { Payload, UnsignedTransaction } from '../lib/codec/transaction';
import { count } from '../lib/format';
import { type Fact, type Frame, frameFacts, payloadFacts } from '../lib/request/facts';
import { Amount, Copyable, Foreign, MinerLink, Row } from '../ui/parts';

/** A request: its kind, and what it says. */
export function PayloadFacts({
  payload,
  miner = null,
}: {
  readonly payload: Payload;
  /** The miner that is meant, if its name is known. */
  readonly miner?: MinerRef | null;
}) {
  const t = useText();
  return (
    <dl className="pairs signed" data-payload={payload.kind}>
      <Row label={t.transaction.kind}>
        <strong>{t.transaction.kinds[payload.kind]}</strong>
      </Row>
      {payloadFacts(payload).map((fact) => (
        <Row key={fact.name} label={t.review.facts[fact.name]}>
          <FactValue fact={fact} miner={miner} />
        </Row>
      ))}
    </dl>
  );
}

/** What stands around it. */
export function FrameFacts({ transaction }: { readonly transaction: UnsignedTransaction }) {
  const t = useText();
  return (
    <dl className="pairs">
      {frameFacts(transaction).map((fact) => (
        <Row key={fact.name} label={t.review.facts[fact.name]}>
          <FrameValue fact={fact} />
        </Row>
      ))}
    </dl>
  );
}

function FactValue({ fact, miner }: { readonly fact: Fact; readonly miner: MinerRef | null }): ReactNode {
  const t = useText();
  switch (fact.name) {
    case 'amount':
      return <Amount units={fact.units} />;
    case 'recipient':
      return <span className="hash break">{fact.address}</span>;
    case 'miner':
      return (
        <>
          {miner?.id === fact.id ? <MinerLink miner={miner} /> : null} <span>#{fact.id}</span>
        </>
      );
    case 'memo':
    case 'name':
    case 'dial':
      return (
        <span className="break">
          <Foreign text={fact.text} />
        </span>
      );
    case 'contact':
      return fact.text === null ? (
        <span className="muted">{t.review.noContact}</span>
      ) : (
        <span className="break">
          <Foreign text={fact.text} />
        </span>
      );
    case 'nodeKey':
      return fact.hex === null ? (
        <span className="muted">{t.review.keysStay}</span>
      ) : (
        <span className="hash break">{fact.hex}</span>
      );
    case 'keysFingerprint':
      return <span className="hash">{(fact.hex.match(/.{4}/g) ?? []).join(' ')}</span>;
    case 'round':
      return count(Number(fact.round), t.locale);
    case 'seed':
      return <span className="hash break">{fact.hex}</span>;
  }
}

function FrameValue({ fact }: { readonly fact: Frame }): ReactNode {
  const t = useText();
  switch (fact.name) {
    case 'sender':
      return <Copyable text={fact.address} />;
    case 'fee':
      return <Amount units={fact.units} />;
    case 'nonce':
      return fact.nonce.toString();
    case 'expires':
      return count(Number(fact.height), t.locale);
    case 'chain':
      return <Copyable text={fact.hex} />;
  }
}
