/** Files of the command line's format: signed here without a node, sent from here though signed elsewhere. */

import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { parametersQuery } from '../api/queries';
import { useText } from '../i18n';
import { addressOf } from '../lib/address';
import { readInteger } from '../lib/amount';
import { fromHexOf } from '../lib/bytes';
import type { UnsignedTransaction } from '../lib/codec/transaction';
import { saveFile } from '../lib/format';
import { amountOf } from '../lib/request/traps';
import { FileButton } from '../ui/form';
import { Failure, Notice, PageHead, Sheet } from '../ui/parts';
import { useWallet, useWalletStore } from '../wallet/context';
import { useOutbox } from '../wallet/outbox-runner';
import { seal, sendSealed } from '../wallet/send';
import { SignButton } from '../wallet/sign-button';
import { readTxFile, signedText, type TxFile } from '../wallet/tx-file';
import { Said } from '../lib/refusal';
import { payloadText } from '../wallet/signed';
import { UnderWay } from './act-progress';
import { Traps, useTraps } from './act-traps';
import { FrameFacts, PayloadFacts } from './signed-facts';

export function OfflinePage(): ReactElement {
  const t = useText();
  const [file, setFile] = useState<TxFile | null>(null);
  const [problem, setProblem] = useState(false);
  const load = (chosen: File) => {
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
          <div>
            <FileButton text={t.offline.choose} onFile={load} />
          </div>
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
  // Only what is known without a node: files are signed where there may be none.
  const parameters = useQueryClient().getQueryData(parametersQuery.queryKey);
  const asked = useTraps({
    fee: transaction.fee,
    least: parameters === undefined ? null : readInteger(parameters.min_fee),
    amount: amountOf(transaction.payload),
    left: null,
    keeps: false,
  });
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
      <Summary transaction={transaction} signed={file.signed} />
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
        <>
          <Traps asked={asked} />
          <div>
            <SignButton
              signer={signer}
              label={t.offline.sign}
              disabled={!asked.clear}
              reviewed={payloadText(transaction)}
              onUnlocked={sign}
              onChanged={() => setFailure(new Said(t.review.changedUnlocking))}
            />
          </div>
        </>
      )}
    </>
  );
}

function Summary({
  transaction,
  signed,
}: {
  readonly transaction: UnsignedTransaction;
  readonly signed: boolean;
}) {
  const t = useText();
  return (
    <>
      <p>{signed ? t.offline.signed : t.offline.unsigned}</p>
      <PayloadFacts payload={transaction.payload} />
      <FrameFacts transaction={transaction} />
    </>
  );
}
