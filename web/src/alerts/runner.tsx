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
import { ALERTS, type Look, minerAlerts, news } from './alerts';

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
  // Whoever asks anew is told anew what stands.
  writeSetting('looked', '{}');
  for (const listener of listeners) listener();
  return granted;
}

/** The last look at each account: what was told is not told again by a page that is loaded anew, and what happened meanwhile is. */
function looks(): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(readSetting('looked') ?? '{}') as unknown;
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Whatever stands in the storage instead of a look counts as none. */
function lookBefore(address: string): Look | null {
  const value = Object.entries(looks()).find(([of]) => of === address)?.[1];
  if (typeof value !== 'object' || value === null) return null;
  const { miner, timeGain, standing } = value as Partial<Record<keyof Look, unknown>>;
  const named = miner === null || (typeof miner === 'string' && /^[0-9]{1,10}$/.test(miner));
  if (!named || typeof timeGain !== 'number' || !Array.isArray(standing)) return null;
  return { miner, timeGain, standing: ALERTS.filter((kind) => standing.includes(kind)) };
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
    let stopped = false;
    const look = async () => {
      const account = await get<Account>(`accounts/${encodeURIComponent(address)}`);
      const { position } = account;
      if (position == null) return;
      // A miner that has resigned is nobody's any more: the one voted for at the look before says whether it left or was left.
      const before = lookBefore(address);
      const chosen = position.miner?.id ?? before?.miner ?? null;
      const miner = chosen === null ? null : await get<MinerDetail>(`miners/${chosen}`, { time_gain: 1 });
      if (stopped) return;
      const left = position.miner == null && miner?.state === 'registered';
      const alerts = miner === null || left ? [] : minerAlerts(miner, texts.current);
      const now: Look = {
        miner: miner === null || left ? null : String(miner.id),
        timeGain: position.time_gain,
        standing: alerts.map((alert) => alert.kind),
      };
      for (const text of news(before, now, alerts, texts.current)) {
        new Notification(texts.current.brand, { body: text, tag: `etm ${text}` });
      }
      writeSetting('looked', JSON.stringify({ ...looks(), [address]: now }));
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
