/** What a voter should hear about the miner and the position: gone, offline, missing slots, a time gain that fell. */

import type { MinerDetail } from '../api/types';
import type { Text } from '../i18n/en';
import { readInteger } from '../lib/amount';
import { coefficientText } from '../lib/format';

export const ALERTS = ['left', 'offline', 'misses', 'fell'] as const;

export interface Alert {
  readonly kind: (typeof ALERTS)[number];
  readonly bad: boolean;
  readonly text: string;
}

/** A record of fewer slots says little. */
const SLOTS_LEAST = 5;

type Watched = Pick<MinerDetail, 'name' | 'state' | 'ready' | 'slots' | 'coefficient'>;

export function minerAlerts(miner: Watched, t: Text): readonly Alert[] {
  const coefficient = readInteger(miner.coefficient);
  const alerts: (Alert | false)[] = [
    miner.state !== 'registered' && {
      kind: 'left',
      bad: true,
      text: t.position.alertResigned(miner.name),
    },
    !miner.ready &&
      miner.state !== 'resigned' && {
        kind: 'offline',
        bad: false,
        text: t.position.alertOffline(miner.name),
      },
    miner.slots >= SLOTS_LEAST &&
      coefficient * 4n < 3n << 32n && {
        kind: 'misses',
        bad: false,
        text: t.position.alertLowCoefficient(miner.name, coefficientText(coefficient)),
      },
  ];
  return alerts.filter((alert) => alert !== false);
}

/** What is known of a position from one look to the next. */
export interface Look {
  readonly miner: string | null;
  readonly timeGain: number;
  /** The kinds of alerts that stood, so that each is told once. */
  readonly standing: readonly Alert['kind'][];
}

/** What to tell after another look: what was not there before, and a time gain that more than halved. */
export function news(before: Look | null, now: Look, alerts: readonly Alert[], t: Text): readonly string[] {
  const same = before !== null && before.miner === now.miner;
  const told = alerts.filter((alert) => !same || !before.standing.includes(alert.kind));
  const texts = told.map((alert) => alert.text);
  return same && now.timeGain * 2 + 1 < before.timeGain
    ? [...texts, t.notify.fell(String(before.timeGain), String(now.timeGain))]
    : texts;
}
