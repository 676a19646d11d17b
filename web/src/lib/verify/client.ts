/** Asks a checking worker: a long-lived one for a round, a short-lived one for a single question. */

import type { Answer, Ask } from './answer';
import type { Step } from './steps';

export function newWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
}

/** One question to a worker that has none open. */
export function ask(
  worker: Worker,
  question: Ask,
  onStep: (step: Step) => void = () => undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<Answer>) => {
      if (event.data.kind === 'step') onStep(event.data.step);
      else resolve(event.data);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(question);
  });
}

/** A question that stands alone. */
export async function askOnce(question: Ask): Promise<Answer> {
  const worker = newWorker();
  try {
    return await ask(worker, question);
  } finally {
    worker.terminate();
  }
}
