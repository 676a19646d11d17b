/** The wallets of this browser, for the pages. */

import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { Outbox } from './outbox';
import { OutboxContext } from './outbox-runner';
import { WalletStore, type WalletState } from './store';

const WalletContext = createContext<WalletStore | null>(null);

export function WalletProvider({
  store,
  children,
}: {
  readonly store: WalletStore;
  readonly children: ReactNode;
}) {
  const [outbox] = useState(() => new Outbox());
  useEffect(() => {
    globalThis.addEventListener('storage', store.heard);
    const signs = ['pointerdown', 'keydown'] as const;
    for (const sign of signs) globalThis.addEventListener(sign, store.touch, { passive: true });
    return () => {
      globalThis.removeEventListener('storage', store.heard);
      for (const sign of signs) globalThis.removeEventListener(sign, store.touch);
    };
  }, [store]);
  return (
    <WalletContext value={store}>
      <OutboxContext value={outbox}>{children}</OutboxContext>
    </WalletContext>
  );
}

export function useWalletStore(): WalletStore {
  const store = useContext(WalletContext);
  if (store === null) throw new Error('WalletProvider is missing');
  return store;
}

export function useWallet(): WalletState {
  const store = useWalletStore();
  return useSyncExternalStore(store.subscribe, store.snapshot);
}
