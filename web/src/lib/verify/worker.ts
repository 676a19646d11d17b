/** Runs the checks beside the page, so that nothing freezes while signatures are verified. */

import { answer, type Ask } from './answer';

globalThis.addEventListener('message', (event: MessageEvent<Ask>) => {
  // In a worker `postMessage` takes no origin: it speaks to the page that made it.
  answer(event.data, (reply) => (globalThis.postMessage as (message: unknown) => void)(reply));
});
