import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LiveFeed } from './api/live';
import { defaults } from './api/queries';
import { LanguageProvider } from './i18n';
import { readSetting } from './lib/settings';
import { LiveContext } from './live-context';
import { makeRouter } from './router';
import { applyTheme } from './shell';
import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/views.css';
import './styles/miners.css';
import { WalletProvider } from './wallet/context';
import { WalletStore } from './wallet/store';

applyTheme(readSetting('theme'));

const queries = defaults(new QueryClient());
const feed = new LiveFeed(queries);
const router = makeRouter();
const root = document.getElementById('root');

if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <LiveContext value={feed}>
          <LanguageProvider>
            <WalletProvider store={new WalletStore()}>
              <RouterProvider router={router} />
            </WalletProvider>
          </LanguageProvider>
        </LiveContext>
      </QueryClientProvider>
    </StrictMode>,
  );
}
