/** What a check finds wrong, in the words of each language: fetched when there is something to say. */

import type { Fault } from '../lib/verify/faults';
import type { Language } from '.';

export interface FaultWords {
  readonly say: (fault: Fault) => string;
  /** What was thrown, as a fault. */
  readonly faultOf: (error: unknown) => Fault;
}

const faults = () => import('../lib/verify/faults');

export const FAULT_WORDS: Readonly<Record<Language, () => Promise<FaultWords>>> = {
  en: async () => {
    const { faultOf, sayFault } = await faults();
    return { faultOf, say: (fault) => sayFault(fault) };
  },
  zh: async () => {
    const [{ faultOf, sayFault }, { zhFaults }] = await Promise.all([faults(), import('./zh-faults')]);
    return { faultOf, say: (fault) => sayFault(fault, zhFaults) };
  },
};
