// What a consumer writes: checked by the compiler against the types that are packed.
import { checkRound, type CheckedRound, type Known, readGenesis, type Step, walk } from 'etm-verify';

export function lucky(genesis: Uint8Array, chain: string, way: Uint8Array, evidence: Uint8Array): string {
  const { rules, known } = readGenesis(genesis, chain);
  const there: Known = walk(rules, known, way);
  const steps: Step[] = [];
  const outcome = checkRound(rules, there, evidence, (step) => steps.push(step));
  if (!outcome.holds) return outcome.failed.key;
  const reading: CheckedRound = outcome.reading;
  return reading.lucky.miner.name;
}
