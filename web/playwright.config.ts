import { defineConfig } from '@playwright/test';

/**
 * End-to-end tests against a real devnet, which the tests start themselves: `ETM_BIN` is the path of the `etm` binary.
 * The browser is a Chromium of the system (`CHROMIUM`, /usr/bin/chromium if not said).
 */
export default defineConfig({
  testDir: 'e2e',
  workers: 1,
  fullyParallel: false,
  // Every wait is for a state and ends with it; the limits are for a machine that is busy with other things.
  timeout: 600_000,
  expect: { timeout: 90_000 },
  // On a busy machine a look at a living chain may come at the wrong moment: a second run, told as flaky, is one more look.
  retries: 1,
  reporter: [['list']],
  use: {
    actionTimeout: 90_000,
    navigationTimeout: 90_000,
    locale: 'en-US',
    viewport: { width: 1360, height: 900 },
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
