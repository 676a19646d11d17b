/** English: the first explanation and the glossary. */
export const enHelp = {
  help: {
    title: 'Help',
    lead: 'How voting works here, in five pictures, and what the words mean.',
    introTitle: 'How it works, in five pictures',
    dismiss: 'Got it',
    again: 'The pictures and all words are under Help, at the foot of each page.',
    pictures: {
      lock: {
        title: 'Lock',
        text: 'Lock tokens. They stay yours: ask to unlock them at any time, and they are free at the end of that round.',
      },
      vote: {
        title: 'Vote',
        text: 'Give all your votes to one miner. Compare miners by chance of a seat and estimated bonus.',
      },
      gain: {
        title: 'Wait',
        text: 'Your time gain grows by 1 a day, up to 32, and so do your votes. Each block your miner adds halves it, to 1 at the least.',
      },
      draw: {
        title: 'Draw',
        text: 'Each round has a committee, drawn by lot: more votes and fewer missed slots mean a better chance. Your browser can repeat the draw.',
      },
      bonus: {
        title: 'Bonus',
        text: 'Half of a round’s bonus goes to the voters of all members, half to those of one lucky member. It arrives by itself.',
      },
    },
    glossary: 'What the words mean',
    allTerms: 'All words',
    terms: {
      miner: ['Miner', 'Somebody who registered to produce blocks, and deposited tokens for it.'],
      committee: [
        'Committee',
        'The miners drawn for one round. They produce its blocks and make them final.',
      ],
      round: [
        'Round',
        'A fixed number of blocks with one committee. What you ask for takes effect when it ends.',
      ],
      slot: [
        'Slot',
        'A moment at which one member may produce a block. One that passes without a block is missed.',
      ],
      lock: ['Lock', 'Tokens set aside to vote with. They stay yours and can’t be spent until unlocked.'],
      position: ['Position', 'What an account has locked, with its time gain and the miner it votes for.'],
      timeGain: [
        'Time gain (t)',
        'A number from 1 to 32 that multiplies what is locked. It grows by 1 a day and is halved by each block of the miner voted for, at the end of the round.',
      ],
      votes: [
        'Votes',
        't·T to the power of ¾, where T is what is locked: twice the tokens give 1.68 times the votes.',
      ],
      coefficient: [
        'Coefficient v',
        'Blocks a miner produced over slots that were its own: 1 if it missed none.',
      ],
      weight: ['Election weight (R)', 'Votes of a miner times its coefficient v. The draw goes by it.'],
      chance: [
        'Chance of a seat',
        'How likely a miner is to be among the members of the next committee drawn.',
      ],
      draw: [
        'Draw',
        'Picks the members of a committee one by one, each with a chance in proportion to its weight.',
      ],
      beacon: [
        'Beacon',
        'The randomness of the chain, carried on by each block. Nobody can choose it; the last producer of a round can give up its slot to have it once more.',
      ],
      bonus: ['Bonus', 'New tokens that each round brings to the voters of its committee.'],
      lucky: [
        'Lucky member',
        'The member whose voters get half of the round’s bonus, chosen by the last beacon.',
      ],
      finalization: ['Final', 'Signed by more than two thirds of the committee: it can’t be undone.'],
      deposit: [
        'Deposit',
        'What a miner leaves with the chain while registered, and gets back after resigning.',
      ],
    },
  },
  scan: {
    open: 'Scan a QR code',
    title: 'Hold the code before the camera',
    denied: 'The camera can’t be used: there is none, or this page may not use it.',
    strange: 'This code holds no address.',
  },
  notify: {
    title: 'Notices',
    help: 'If you want, this page asks the node once a minute while it is open, even out of sight, and the browser tells you when your miner leaves, stops, misses many slots, or your time gain falls by more than half.',
    on: 'Tell me in the browser',
    off: 'Tell me no more',
    blocked: 'The browser does not let this page show notices. Allow it in the settings of the browser.',
    fell: (before: string, after: string) => `Your time gain fell from ${before} to ${after}.`,
  },
};
