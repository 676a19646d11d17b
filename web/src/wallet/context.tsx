/** The wallets of this browser, for the pages. */

import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react';
import { WalletStore, type WalletState } from './store';

const WalletContext = createContext<WalletStore | null>(null);

export function WalletProvider({
  store,
  children,
}: {
  readonly store: WalletStore;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    const reload = (event: StorageEvent) => {
      if (event.key === null || event.key === 'etm.wallets') store.reload();
    };
    globalThis.addEventListener('storage', reload);
    const signs = ['pointerdown', 'keydown'] as const;
    for (const sign of signs) globalThis.addEventListener(sign, store.touch, { passive: true });
    return () => {
      globalThis.removeEventListener('storage', reload);
      for (const sign of signs) globalThis.removeEventListener(sign, store.touch);
    };
  }, [store]);
  return <WalletContext value={store}>{children}</WalletContext>;
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
