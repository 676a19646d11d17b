/** What a node may send at most, in bytes. */

export const EVIDENCE_BYTES_MAX = 64 * 2 ** 20;
export const VOTES_BYTES_MAX = 2 ** 20;
/** The ends of 4,096 rounds with 65,535 members, and more. */
export const BOUNDARIES_BYTES_MAX = 32 * 2 ** 20;
/** So many ends of rounds fit into one answer, whoever their committees are: a node that has them gives that many of those it is asked for. */
export const BOUNDARIES_STEPS_LEAST = 512;
