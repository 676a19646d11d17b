import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { settleNode } from './api/client';
import { LiveFeed } from './api/live';
import { defaults } from './api/queries';
import { initialLanguage, LanguageProvider, loadLanguage } from './i18n';
import { readSetting } from './lib/settings';
import { LiveContext } from './live-context';
import { RouterContext } from './router/link';
import { PAGES } from './router/pages';
import { Router } from './router/router';
import { applyTheme, Shell } from './shell';
import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/views.css';
import './styles/miners.css';
import './styles/cards.css';
import './styles/help.css';
import { WalletProvider } from './wallet/context';
import { WalletStore } from './wallet/store';

applyTheme(readSetting('theme'));

async function open(root: HTMLElement): Promise<void> {
  const router = new Router(PAGES);
  globalThis.history.scrollRestoration = 'manual';
  const [first] = await Promise.all([loadLanguage(initialLanguage()), settleNode(), router.load()]);
  const queries = defaults(new QueryClient());
  const feed = new LiveFeed(queries);
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <LiveContext value={feed}>
          <LanguageProvider first={first}>
            <WalletProvider store={new WalletStore()}>
              <RouterContext value={router}>
                <Shell />
              </RouterContext>
            </WalletProvider>
          </LanguageProvider>
        </LiveContext>
      </QueryClientProvider>
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root !== null) void open(root);
