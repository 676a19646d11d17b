/** Another transaction of the same number and a higher fee: the same request sooner, or nothing in its place. */

import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { parametersQuery, statusQuery } from '../api/queries';
import type { Parameters } from '../api/types';
import { useText } from '../i18n';
import { parseAddress } from '../lib/address';
import { readInteger } from '../lib/amount';
import { fromHex } from '../lib/bytes';
import { decodeTransaction, type Payload, type UnsignedTransaction } from '../lib/codec/transaction';
import { amountOf } from '../lib/request/traps';
import { Failure, Loaded, Notice } from '../ui/parts';
import { useWalletStore } from '../wallet/context';
import { replacementFee, type Sent } from '../wallet/outbox';
import { useOutbox } from '../wallet/outbox-runner';
import { seal, sendSealed } from '../wallet/send';
import { Said } from '../lib/refusal';
import { SignButton } from '../wallet/sign-button';
import { noteSigned, payloadText } from '../wallet/signed';
import type { Signer } from '../wallet/store';
import { useHeld } from './act-held';
import { HeldNote, NO_WORD, Traps, useTraps } from './act-traps';
import { type Fee, FeeField, feeUnits, FIRST_FEE, useFeeChoices } from './fee-field';
import { PayloadFacts } from './signed-facts';

interface Props {
  readonly sent: Sent;
  readonly signer: Signer;
  readonly how: 'faster' | 'cancel';
  readonly onClose: () => void;
}

export function Replace(props: Props) {
  const parameters = useQuery(parametersQuery);
  return <Loaded query={parameters}>{(data) => <ReplaceForm {...props} parameters={data} />}</Loaded>;
}

/** The smallest transfer to oneself: it uses up the number and changes nothing else. */
function nothing(address: string): Payload | null {
  const own = parseAddress(address);
  return own.ok ? { kind: 'transfer', recipient: own.hash, amount: 1n, memo: '' } : null;
}

function ReplaceForm({
  sent,
  signer,
  how,
  onClose,
  parameters,
}: Props & { readonly parameters: Parameters }) {
  const t = useText();
  const store = useWalletStore();
  const outbox = useOutbox();
  const status = useQuery(statusQuery);
  const floor = replacementFee(sent.fee);
  const [fee, setFee] = useState<Fee>(FIRST_FEE);
  const [failure, setFailure] = useState<unknown>(null);
  const before = useMemo(() => decodeTransaction(fromHex(sent.encoding)), [sent.encoding]);
  const payload = how === 'cancel' ? nothing(signer.address) : before.payload;
  const payloads = payload === null ? [] : [payload];
  const units = feeUnits(fee, useFeeChoices(parameters, payloads), floor);
  const held = useHeld(parameters, null, null, null);
  const asked = useTraps(
    {
      fee: units ?? 0n,
      least: readInteger(parameters.min_fee),
      amount: amountOf(payload ?? undefined),
      left: null,
      keeps: false,
    },
    { ...NO_WORD, unproved: held?.kind === 'holds' ? held.unproved : [] },
  );
  const send = async () => {
    if (payload === null || units === null) return;
    const unsigned: UnsignedTransaction = {
      chain: before.chain,
      sender: before.sender,
      nonce: before.nonce,
      fee: units,
      expiresAt: before.expiresAt,
      payload,
    };
    try {
      const signed = await store.sign(signer.address, unsigned);
      const sealed = seal(unsigned, signed, signer.address, sent.livesUntil);
      noteSigned(before.chain, signer.address, payload, sealed.hash);
      await sendSealed([sealed], outbox);
      onClose();
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <div className="notice stack">
      <p>{how === 'cancel' ? t.act.cancelHelp : t.act.fasterHelp}</p>
      {payload === null ? null : <PayloadFacts payload={payload} />}
      <FeeField fee={fee} parameters={parameters} payloads={payloads} floor={floor} onChange={setFee} />
      {failure === null ? null : <Failure error={failure} />}
      {status.data !== undefined && status.data.chain.id !== sent.chain ? (
        <Notice kind="bad">{t.refusals.wrong_chain}</Notice>
      ) : null}
      <HeldNote held={held} position={false} />
      <Traps asked={asked} />
      <div className="row">
        <SignButton
          signer={signer}
          small
          label={t.act.signSend}
          disabled={units === null || held?.kind !== 'holds' || !asked.clear}
          reviewed={payloadText([payload, units])}
          onUnlocked={send}
          onChanged={() => setFailure(new Said(t.review.changedUnlocking))}
        />
        <button type="button" className="button small" onClick={onClose}>
          {t.act.back}
        </button>
      </div>
    </div>
  );
}
