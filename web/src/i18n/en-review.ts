import { ETM } from '../lib/amount';
import { plural } from './plural';

/** English: what is shown and asked before a signature. */
export const enReview = {
  review: {
    facts: {
      amount: 'Amount',
      recipient: 'Recipient',
      memo: 'Memo (public)',
      miner: 'Miner',
      name: 'Name',
      dial: 'Where its node listens',
      contact: 'Contact (public)',
      nodeKey: 'Key of the node',
      keysFingerprint: 'Fingerprint of all keys',
      round: 'Round',
      seed: 'Beacon that orders its slots',
      chain: 'Chain id',
      sender: 'Sender',
      nonce: 'Number of the transaction',
      fee: 'Fee',
      expires: 'Expires after block',
    },
    noContact: 'none from then on',
    keysStay: 'the present keys stay',
    expires: 'Expires',
    expiresIn: (blocks: string, last: string) =>
      `after block ${last}, ${plural(blocks, 'block', 'blocks')} after the signature, if none holds it`,
    noTime: (height: string, most: string) =>
      `The node says that the chain is at block ${height}; since its genesis there was time for ${most} at most. Nothing was signed.`,
    otherRound: (height: string, round: string) =>
      `The node says that the chain is at block ${height}, and that round ${round} is running, which can’t both be. Nothing was signed.`,
    comesBack: 'Comes back',
    back: {
      lock: 'when you unlock it: at the end of the round whose block holds the unlock, without a wait',
      unlock: (round: string, height: string) =>
        `can be spent after the end of round ${round} (block ${height}), if it gets in before`,
      register: (deposit: string) =>
        `the deposit of ${deposit}${ETM}, once the miner has resigned and no committee needs it`,
      resign: (deposit: string) =>
        `the deposit of ${deposit}${ETM}, once no committee needs the miner any more. Its voters keep their time gain and vote for nobody`,
    },
    untilThen: 'Until then',
    blocksDue: (miner: string, expected: string, due: string) =>
      `${plural(expected, 'block', 'blocks')} of ${miner} that ${expected === '1' ? 'halves' : 'halve'} it (${due} made already)`,
    daysDue: (days: string) => `+${days} for ${days === '1' ? 'a new day' : 'new days'}`,
    and: ', ',
    nowAndDue: (now: string, due: string) => `time gain ${now} now; then ${due}`,
    notCertain: 'Not certain',
    blocksUncertain: (miner: string, best: string, worst: string, blocks: string) =>
      `time gain ${best} if ${miner} adds no more block in this round, ${worst} if it adds all ${blocks} that are to come`,
    dayUncertain: (best: string, worst: string) =>
      `time gain ${best} if a further day begins before the end of the round, ${worst} if not`,
    waiting: (count: string) =>
      `${plural(count, 'transaction of this account waits', 'transactions of this account wait')} for a block and ${count === '1' ? 'is' : 'are'} counted in.`,
    memoUnseen: 'The memo has characters that can’t be seen, each shown as “?”.',
    newRecipient: 'This address has never received anything: make sure that somebody has its key.',
    needsNode:
      'A miner needs a node that runs with these keys and can be reached where you said: without it, it is never drawn. This page can’t try the address.',
    noFeeLeft: (left: string, fee: string) =>
      `${left} are left: less than one fee of ${fee}, so nothing can be voted, unlocked or sent until something comes in.`,
    highFee: (fee: string, least: string) => `The fee of ${fee} is far above the least, ${least}.`,
    highLeast: (fee: string, usual: string) =>
      `The fee of ${fee} is the least that this node names, and far above what is usual, ${usual}.`,
    highFeeAlone: (fee: string) => `The fee of ${fee} is more than 1 % of the amount.`,
    holding: 'Holding what the node says against the genesis of the chain …',
    nodeLies: 'The node says something else than its chain does. Nothing can be signed on its word:',
    termsNotProved:
      'The node gives no genesis: that the least fee, the deposit and the other parameters are as it says is its word alone.',
    nameNotProved: (id: string, name: string) =>
      `That miner #${id} is ${name} is the node’s word alone: it gives no proof of it. Of a new miner for which nobody votes yet, and where too many rounds lead to it, there is none.`,
    positionNotProved:
      'What you have locked, its time gain and its vote are the node’s word alone, and what this costs is judged by it: it gives no proof of them, or too many rounds lead to one. “Prove my votes” under your position walks over these.',
    dialNotProved: (dial: string) =>
      `That ${dial} is where the miner’s node listens is the word alone of the node this page asks, and is signed anew.`,
    contactNotProved: (contact: string) =>
      `That ${contact} is the contact of the miner is the word alone of the node this page asks, and is signed anew.`,
    signedBefore: (hash: string, when: string) =>
      `The very same was signed here already, ${when}: transaction ${hash}. A node can take one and say that it did not: if it is in a block, this does it once more.`,
    otherChain:
      'The node names another chain than the one this was begun for. Nothing can be signed: go back and look at everything once more.',
    changedUnlocking:
      'What the node says has changed while the wallet was being unlocked. Nothing was signed: look once more, then sign.',
    voteEnds:
      'That your vote ends with the round, as it does where its miner has resigned, is the node’s word alone.',
    tipNotProved:
      'The node gives no proof that the chain came as far as it says, by which this expires: the signature may count for longer than you think.',
    requestsNotProved:
      'That this account has asked for more before this is the node’s word alone, and what this comes to is judged by it: it does not give what was signed.',
    seatNotProved:
      'How often the blocks of your miner halve your time gain in this round is the node’s word alone: the state that it proves is older, or of the end of the round before.',
    oddDays:
      'More days begin in this round than its blocks take, by the node’s word alone: what a time gain comes to is judged by it.',
    oldState:
      'By this device’s clock the block after which your position was proved is long past: there may be newer ones that the node doesn’t show.',
    provedTerms: 'Proved: the parameters of the chain.',
    provedPosition: (height: string, time: string) =>
      `Proved: the parameters of the chain; what you have locked, its time gain and its vote, by the state after block ${height} of ${time}.`,
    wordRest:
      'The node’s word alone: your balance, your next number, whether what you signed before still waits or counts in this round, the days and blocks of the round as far as they are not proved, and the chances.',
    wordPosition:
      'The node’s word alone: your balance, your next number, whether what you signed before still waits or counts in this round, what the round brings, the chances, and what you have locked. Only a position that votes can be proved.',
    anyway: 'I know. Go on all the same.',
    changedMeanwhile:
      'This account has sent or received something meanwhile, so its next number is another. Nothing was signed: look once more, then sign.',
    signedMeanwhile:
      'The very same was signed here meanwhile, perhaps in another tab. Nothing was signed: look once more, then sign.',
    nothingChanges: 'The miner is registered like this already: nothing would change.',
  },
};
