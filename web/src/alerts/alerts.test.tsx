import { cleanup, screen, waitFor } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { account, ADDRESS, answerOf } from '../test/fixtures';
import { renderAt, startNode, type TestNode } from '../test/render';
import { WalletStore } from '../wallet/store';
import { minerAlerts, news } from './alerts';
import { LOOK_MS } from './runner';

const minerDetail = answerOf('miners/1', new URLSearchParams()) as object;
const HEALTHY = { state: 'registered', ready: true, slots: 20, coefficient: String(2n ** 32n) };

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

  describe.each([
    ['en', en],
    ['zh', zh],
  ] as const)('in %s', (language, t) => {
    const name = (minerDetail as { name: string }).name;
    /** What the node says next, and the words that tell of it: of a miner that goes without being seen going, too. */
    const events: readonly (readonly [string, () => void, string])[] = [
      ['the miner leaves', () => set({ state: 'resigning' }, {}), t.position.alertResigned(name)],
      [
        'the miner has left',
        () => set({ state: 'resigned' }, { miner: null }),
        t.position.alertResigned(name),
      ],
      ['the miner stops', () => set({ ready: false }, {}), t.position.alertOffline(name)],
      [
        'the miner misses many slots',
        () => set({ slots: 20, coefficient: String(2n ** 31n) }, {}),
        t.position.alertLowCoefficient(name, '0.500'),
      ],
      ['the time gain falls by more than half', () => set({}, { time_gain: 2 }), t.notify.fell('9', '2')],
    ];
    const set = (miner: object, position: object) => {
      node.overrides.set('miners/1', { ...minerDetail, ...HEALTHY, ...miner });
      node.overrides.set(`accounts/${ADDRESS}`, {
        ...account,
        position: { ...account.position, miner: { id: 1, name }, time_gain: 9, ...position },
      });
    };

    /** The page with notices on, after its first look. */
    const watching = async () => {
      localStorage.setItem('etm.language', language);
      localStorage.setItem('etm.notify', '1');
      FakeNotification.permission = 'granted';
      set({}, {});
      const store = new WalletStore();
      store.watch('Savings', ADDRESS);
      await renderAt('/help', store);
      await looked(1);
    };
    const looked = (times: number) =>
      waitFor(() =>
        expect(node.requests.filter((request) => request.includes('/miners/1?time_gain=1 '))).toHaveLength(
          times,
        ),
      );

    beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
    afterEach(() => vi.useRealTimers());

    it.each([...events])('are told once: %s', async (_, happen, text) => {
      await watching();
      happen();
      for (const times of [2, 3]) {
        await vi.advanceTimersByTimeAsync(LOOK_MS);
        await looked(times);
      }
      await vi.advanceTimersByTimeAsync(LOOK_MS);
      expect(shown).toEqual([text]);
    });

    it('are not told again by a page that is loaded anew, which tells what happened meanwhile', async () => {
      await watching();
      set({ ready: false }, {});
      await vi.advanceTimersByTimeAsync(LOOK_MS);
      await looked(2);
      await waitFor(() => expect(shown).toEqual([t.position.alertOffline(name)]));
      cleanup();
      set({ ready: false }, { time_gain: 2 });
      await renderAt('/help', new WalletStore());
      await looked(3);
      await waitFor(() => expect(shown).toEqual([t.position.alertOffline(name), t.notify.fell('9', '2')]));
      // Somebody's text in the storage is no look.
      for (const planted of [
        '[',
        '7',
        '{}',
        `{"${ADDRESS}":7}`,
        `{"${ADDRESS}":{"miner":"x","timeGain":[],"standing":1}}`,
      ]) {
        cleanup();
        shown.length = 0;
        localStorage.setItem('etm.looked', planted);
        await renderAt('/help', new WalletStore());
        await waitFor(() => expect(shown).toEqual([t.position.alertOffline(name)]));
      }
    });

    it('are silent about a vote that the reader withdrew, and about a single halving', async () => {
      await watching();
      set({}, { miner: null, time_gain: 4 });
      await vi.advanceTimersByTimeAsync(LOOK_MS);
      await looked(2);
      await vi.advanceTimersByTimeAsync(LOOK_MS);
      expect(shown).toEqual([]);
    });
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
