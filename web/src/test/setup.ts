import { cleanup, configure } from '@testing-library/preact';
import { afterEach, vi } from 'vitest';
import type { Answer, Ask } from '../lib/verify/answer';

// Every wait is for a state and ends with it; the limit is for a machine that is busy with other things.
configure({ asyncUtilTimeout: 20_000 });
afterEach(cleanup);

/** A checking worker without a thread of its own: there are none here. */
class InPlace {
  onmessage: ((event: { readonly data: Answer }) => void) | null = null;

  postMessage(question: Ask): void {
    void import('../lib/verify/answer').then(({ answer }) =>
      answer(question, (data) => this.onmessage?.({ data })),
    );
  }

  terminate(): void {
    this.onmessage = null;
  }
}
vi.stubGlobal('Worker', InPlace);
