/** Files of the command line's format: signed here without a node, sent from here though signed elsewhere. */

import { type ReactElement, useState } from 'react';
import { useText } from '../i18n';
import { addressFromHash, addressOf } from '../lib/address';
import { fromHexOf } from '../lib/bytes';
import type { Payload, UnsignedTransaction } from '../lib/codec/transaction';
import { count, saveFile } from '../lib/format';
import { Amount, Copyable, Failure, Foreign, Notice, PageHead, Row, Sheet } from '../ui/parts';
import { useWallet, useWalletStore } from '../wallet/context';
import { useOutbox } from '../wallet/outbox-runner';
import { seal, sendSealed } from '../wallet/send';
import { SignButton } from '../wallet/sign-button';
import { readTxFile, signedText, type TxFile } from '../wallet/tx-file';
import { UnderWay } from './act-progress';

export function OfflinePage(): ReactElement {
  const t = useText();
  const [file, setFile] = useState<TxFile | null>(null);
  const [problem, setProblem] = useState(false);
  const load = (chosen: File | undefined) => {
    if (chosen === undefined) return;
    void chosen.text().then((text) => {
      const read = readTxFile(text);
      setFile(read);
      setProblem(read === null);
    });
  };
  return (
    <>
      <PageHead title={t.offline.title} lead={t.offline.lead} />
      <Sheet>
        <div className="stack">
          <label className="stack">
            {t.offline.choose}
            <input
              type="file"
              accept=".json,application/json"
              onChange={(event) => load(event.target.files?.[0])}
            />
          </label>
          {problem ? <Notice kind="bad">{t.offline.noFile}</Notice> : null}
          {file === null ? null : <Loaded key={JSON.stringify(file, bigText)} file={file} />}
        </div>
      </Sheet>
      <UnderWay />
    </>
  );
}

const bigText = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);

function Loaded({ file }: { readonly file: TxFile }) {
  const t = useText();
  const { entries } = useWallet();
  const store = useWalletStore();
  const outbox = useOutbox();
  const [failure, setFailure] = useState<unknown>(null);
  const [sent, setSent] = useState(false);
  const { transaction } = file;
  const sender = addressOf(fromHexOf(transaction.sender, 32));
  const signer = entries.find((entry) => entry.address === sender);
  const sign = async () => {
    if (signer === undefined || signer.kind === 'watch') return;
    store.use(signer.address);
    try {
      const signed = await store.sign(signer.address, transaction);
      saveFile(`etm-${transaction.nonce}-signed.json`, 'application/json', signedText(signed));
    } catch (error) {
      setFailure(error);
    }
  };
  const send = () => {
    if (!file.signed) return;
    setFailure(null);
    sendSealed([seal(transaction, file.transaction, sender)], outbox).then(() => setSent(true), setFailure);
  };
  return (
    <>
      <Summary transaction={transaction} sender={sender} signed={file.signed} />
      {failure === null ? null : <Failure error={failure} />}
      {sent ? <Notice kind="good">{t.act.sent}</Notice> : null}
      {file.signed ? (
        <div>
          <button type="button" className="button primary" onClick={send} disabled={sent}>
            {t.offline.send}
          </button>
        </div>
      ) : signer === undefined || signer.kind === 'watch' ? (
        <Notice>{t.offline.noKey}</Notice>
      ) : (
        <div>
          <SignButton signer={signer} label={t.offline.sign} onUnlocked={sign} />
        </div>
      )}
    </>
  );
}

function Summary({
  transaction,
  sender,
  signed,
}: {
  readonly transaction: UnsignedTransaction;
  readonly sender: string;
  readonly signed: boolean;
}) {
  const t = useText();
  return (
    <dl className="pairs">
      <Row label={t.common.status}>{signed ? t.offline.signed : t.offline.unsigned}</Row>
      <Row label={t.transaction.kind}>
        {t.transaction.kinds[transaction.payload.kind]} <PayloadFigures payload={transaction.payload} />
      </Row>
      <Row label={t.transaction.sender}>
        <Copyable text={sender} />
      </Row>
      <Row label={t.common.fee}>
        <Amount units={transaction.fee} />
      </Row>
      <Row label={t.transaction.nonce}>{transaction.nonce.toString()}</Row>
      <Row label={t.transaction.expires}>{count(Number(transaction.expiresAt), t.locale)}</Row>
      <Row label={t.network.chainId}>
        <Copyable text={transaction.chain} />
      </Row>
    </dl>
  );
}

function PayloadFigures({ payload }: { readonly payload: Payload }) {
  switch (payload.kind) {
    case 'transfer':
      return (
        <>
          <Amount units={payload.amount} /> →{' '}
          <span className="hash break">{addressFromHash(payload.recipient)}</span>{' '}
          <Foreign text={payload.memo} />
        </>
      );
    case 'lock':
    case 'unlock':
      return <Amount units={payload.amount} />;
    case 'vote':
      return <>#{payload.miner}</>;
    case 'register':
      return <Foreign text={payload.name} />;
    case 'withdraw':
    case 'update':
    case 'resign':
    case 'heartbeat':
      return null;
  }
}
