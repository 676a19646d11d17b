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

type Asking = (question: Ask, onStep?: (step: Step) => void) => Promise<Answer>;

/** Several workers, each of which is made when it is first asked. */
export interface Crew {
  readonly asks: readonly [Asking, ...Asking[]];
  readonly stop: () => void;
}

const CREW_MAX = 4;

/** As many workers as the machine has cores to spare. */
export function newCrew(): Crew {
  const workers: Worker[] = [];
  const member = (): Asking => {
    let own: Worker | null = null;
    return (question, onStep) => {
      if (own === null) {
        own = newWorker();
        workers.push(own);
      }
      return ask(own, question, onStep);
    };
  };
  const more = Math.min(CREW_MAX, Math.max(1, (navigator.hardwareConcurrency || 2) - 1)) - 1;
  return {
    asks: [member(), ...Array.from({ length: more }, member)],
    stop: () => {
      for (const worker of workers) worker.terminate();
    },
  };
}
