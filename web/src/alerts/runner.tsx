/**
 * Notices of the browser, if the reader asked for them: once a minute the account and its miner are looked at, also while the page is
 * out of sight. Without that wish nothing is asked.
 */

import { useEffect, useRef, useSyncExternalStore } from 'react';
import { get } from '../api/client';
import type { Account, MinerDetail } from '../api/types';
import { useText } from '../i18n';
import { readSetting, writeSetting } from '../lib/settings';
import { useWallet } from '../wallet/context';
import { type Look, minerAlerts, news } from './alerts';

export const LOOK_MS = 60_000;

const listeners = new Set<() => void>();

/** Whether this browser can show notices at all, and whether it lets this page. */
export function permission(): NotificationPermission | 'impossible' {
  return 'Notification' in globalThis ? Notification.permission : 'impossible';
}

const wanted = () => readSetting('notify') === '1' && permission() === 'granted';

export function useNotices(): { readonly on: boolean; readonly set: (on: boolean) => Promise<boolean> } {
  const on = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, wanted);
  return { on, set: setNotices };
}

/** False if the browser refuses. */
async function setNotices(on: boolean): Promise<boolean> {
  const granted =
    !on || (permission() !== 'impossible' && (await Notification.requestPermission()) === 'granted');
  writeSetting('notify', on && granted ? '1' : '0');
  for (const listener of listeners) listener();
  return granted;
}

export function AlertsRunner() {
  const t = useText();
  const { active } = useWallet();
  const { on } = useNotices();
  const address = active?.address ?? null;
  const texts = useRef(t);
  useEffect(() => {
    texts.current = t;
  }, [t]);
  useEffect(() => {
    if (!on || address === null) return undefined;
    let before: Look | null = null;
    let stopped = false;
    const look = async () => {
      const account = await get<Account>(`accounts/${encodeURIComponent(address)}`);
      const { position } = account;
      if (position == null) return;
      const miner =
        position.miner == null
          ? null
          : await get<MinerDetail>(`miners/${position.miner.id}`, { time_gain: 1 });
      if (stopped) return;
      const alerts = miner === null ? [] : minerAlerts(miner, texts.current);
      const now: Look = {
        miner: miner === null ? null : String(miner.id),
        timeGain: position.time_gain,
        standing: alerts.map((alert) => alert.kind),
      };
      for (const text of news(before, now, alerts, texts.current)) {
        new Notification(texts.current.brand, { body: text, tag: `etm ${text}` });
      }
      before = now;
    };
    // What fails is looked at again a minute later: the page itself says when the node is away.
    const attempt = () => void look().catch(() => undefined);
    attempt();
    const timer = setInterval(attempt, LOOK_MS);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [on, address]);
  return null;
}
