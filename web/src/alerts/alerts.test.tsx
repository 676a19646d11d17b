import { screen, waitFor } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { en } from '../i18n/en';
import { ADDRESS } from '../test/fixtures';
import { renderAt, startNode, type TestNode } from '../test/render';
import { WalletStore } from '../wallet/store';
import { minerAlerts, news } from './alerts';

const healthy = {
  name: 'amber',
  state: 'registered' as const,
  ready: true,
  slots: 20,
  coefficient: String(2n ** 32n),
};

describe('alerts', () => {
  it('are none for a miner that works, and one for each thing that is wrong', () => {
    expect(minerAlerts(healthy, en)).toEqual([]);
    const kinds = (miner: Partial<Parameters<typeof minerAlerts>[0]>) =>
      minerAlerts({ ...healthy, ...miner }, en).map((alert) => alert.kind);
    expect(kinds({ state: 'resigning' })).toEqual(['left']);
    expect(kinds({ ready: false })).toEqual(['offline']);
    expect(kinds({ state: 'resigned', ready: false })).toEqual(['left']);
    expect(kinds({ coefficient: String(2n ** 31n) })).toEqual(['misses']);
    expect(kinds({ coefficient: String(2n ** 31n), slots: 4 })).toEqual([]);
  });

  it('are told once, and again for another miner; a fall is told if it was more than a halving', () => {
    const alerts = minerAlerts({ ...healthy, ready: false }, en);
    const look = { miner: '1', timeGain: 9, standing: ['offline' as const] };
    expect(news(null, look, alerts, en)).toHaveLength(1);
    expect(news(look, look, alerts, en)).toEqual([]);
    expect(news({ ...look, miner: '2' }, look, alerts, en)).toHaveLength(1);
    expect(news(look, { ...look, timeGain: 4 }, alerts, en)).toEqual([]);
    expect(news(look, { ...look, timeGain: 2 }, alerts, en)).toEqual(['Your time gain fell from 9 to 2.']);
    expect(news({ ...look, miner: '2' }, { ...look, timeGain: 2 }, [], en)).toEqual([]);
  });
});

describe('notices of the browser', () => {
  let node: TestNode;
  const shown: string[] = [];
  let answer: NotificationPermission = 'granted';
  const FakeNotification = Object.assign(
    function show(_: string, options: NotificationOptions) {
      shown.push(options.body ?? '');
    },
    {
      permission: 'default',
      requestPermission: () => {
        FakeNotification.permission = answer;
        return Promise.resolve(answer);
      },
    },
  );

  beforeEach(() => {
    localStorage.clear();
    shown.length = 0;
    FakeNotification.permission = 'default';
    vi.stubGlobal('Notification', FakeNotification);
    node = startNode();
  });
  afterEach(() => vi.unstubAllGlobals());

  const open = async () => {
    const store = new WalletStore();
    store.watch('Savings', ADDRESS);
    await renderAt('/position', store);
    return screen.findByRole('button', { name: 'Tell me in the browser' });
  };

  it('are shown only if the reader asks for them, and stop when told to', async () => {
    answer = 'granted';
    const detail = await fetch('http://node/api/v1/miners/1').then((response) => response.json() as object);
    node.overrides.set('miners/1', { ...detail, ready: false });
    const button = await open();
    expect(shown).toEqual([]);
    await userEvent.click(button);
    await waitFor(() => expect(shown.some((text) => text.includes('is not ready'))).toBe(true));
    await userEvent.click(await screen.findByRole('button', { name: 'Tell me no more' }));
    expect(localStorage.getItem('etm.notify')).toBe('0');
  });

  it('that the browser refuses are said to be refused', async () => {
    answer = 'denied';
    await userEvent.click(await open());
    expect(await screen.findByText(/does not let this page show notices/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Tell me in the browser' })).toBeTruthy();
    expect(shown).toEqual([]);
  });
});

describe('the scanner', () => {
  afterEach(() => vi.unstubAllGlobals());

  const openForm = async () => {
    startNode();
    localStorage.clear();
    await renderAt('/wallet');
    await userEvent.click(await screen.findByRole('tab', { name: 'Watch an address' }));
  };

  it('is not there where the browser reads no codes', async () => {
    await openForm();
    expect(screen.queryByRole('button', { name: 'Scan a QR code' })).toBeNull();
  });

  it('takes an address and nothing else, and lets the camera go', async () => {
    const codes = ['https://example.org', ADDRESS];
    vi.stubGlobal(
      'BarcodeDetector',
      class {
        detect = () => Promise.resolve([{ rawValue: codes.shift() ?? ADDRESS }]);
      },
    );
    const stop = vi.fn();
    const mediaDevices = {
      getUserMedia: () => Promise.resolve(Object.assign(new MediaStream(), { getTracks: () => [{ stop }] })),
    };
    Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: mediaDevices });
    vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
    await openForm();
    await userEvent.click(screen.getByRole('button', { name: 'Scan a QR code' }));
    await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>('Address').value).toBe(ADDRESS));
    await waitFor(() => expect(stop).toHaveBeenCalled());
    expect(screen.queryByRole('dialog')).toBeNull();
    Reflect.deleteProperty(navigator, 'mediaDevices');
  });
});
