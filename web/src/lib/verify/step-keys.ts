/** The names of the steps, apart from what takes them: whoever lists them needs no more. */

/** What is proved before a round is looked at: where its committee comes from. */
export const WAY_KEYS = ['genesis', 'walk'] as const;

/** The steps of docs/verify.md section 6, in order: each takes what the ones before it proved. */
export const ROUND_KEYS = [
  'evidence',
  'committee',
  'headers',
  'certificate',
  'receipts',
  'carry',
  'drawn',
  'candidates',
  'slots',
  'beacons',
  'lucky',
  'pools',
  'fees',
  'draw',
] as const;

export const STEP_KEYS = [...WAY_KEYS, ...ROUND_KEYS] as const;
export type StepKey = (typeof STEP_KEYS)[number];
