/** Follows what was signed here, on whatever page the reader is, and sends it again whenever the node does not know it. */

import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from 'react';
import { ApiError, post } from '../api/client';
import { statusQuery, transactionQuery } from '../api/queries';
import type { Kept, Outbox } from './outbox';

export const OutboxContext = createContext<Outbox | null>(null);

export function useOutbox(): Outbox {
  const outbox = useContext(OutboxContext);
  if (outbox === null) throw new Error('WalletProvider is missing');
  return outbox;
}

export function useKept(): readonly Kept[] {
  const outbox = useOutbox();
  return useSyncExternalStore(outbox.subscribe, outbox.snapshot);
}

/** Between two looks at a waiting transaction; blocks bring news by themselves. */
const LOOK_MS = 3000;
/** After so many answers that its number is used while nobody knows it, another one was included in its place. */
const SUPERSEDED_AFTER = 4;

export function OutboxRunner() {
  const status = useQuery(statusQuery);
  const chain = status.data?.chain.id;
  return useKept().map((kept) =>
    kept.fate === 'waiting' && kept.sent.chain === chain ? (
      <Follower key={kept.sent.hash} kept={kept} height={status.data?.tip.height ?? 0} />
    ) : null,
  );
}

function Follower({ kept, height }: { readonly kept: Kept; readonly height: number }) {
  const outbox = useOutbox();
  const { sent } = kept;
  const query = useQuery({ ...transactionQuery(sent.hash), refetchInterval: LOOK_MS, retry: false });
  // What the node said last counts: it may have known the transaction before and lost it since.
  const missing = query.error instanceof ApiError && query.error.status === 404;
  const { errorUpdatedAt } = query;
  const status = query.data?.status;
  const used = useRef(0);
  useEffect(() => {
    if (!missing) {
      if (status === 'finalized') outbox.note(sent.hash, { fate: 'final' });
      return;
    }
    if (height > sent.expiresAt && Date.now() >= sent.livesUntil) {
      outbox.note(sent.hash, { fate: 'expired' });
      return;
    }
    post('transactions', { transaction: sent.encoding }).then(
      () => outbox.sentAgain(sent.hash),
      (error: unknown) => {
        if (!(error instanceof ApiError) || error.status >= 500 || error.status === 429) return;
        if (error.code === 'already_pending') return;
        if (error.code === 'nonce_too_low') {
          used.current += 1;
          if (used.current >= SUPERSEDED_AFTER) outbox.note(sent.hash, { fate: 'superseded' });
          return;
        }
        const { code, message } = error;
        outbox.note(sent.hash, { fate: 'refused', refusal: { code, message } });
      },
    );
    // Each answer that the node does not know it (and only that) is a reason to send it again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [missing, errorUpdatedAt, status, outbox, sent]);
  return null;
}
