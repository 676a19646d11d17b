/** What is asked about apart, before anything can be signed. */

import { useId, useState } from 'react';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { ETM, formatAmount } from '../lib/amount';
import { type Costs, type Trap, trapsOf, USUAL } from '../lib/request/traps';
import { count, instant } from '../lib/format';
import { Notice } from '../ui/parts';
import type { Signed } from '../wallet/signed';
import type { Held, Named, Unproved } from './act-held';
import { FaultText } from './fault-text';

type Apart = Trap | Unproved;

/** What only the node says, of the miner that is voted for, too. */
export interface Word {
  readonly unproved: readonly Unproved[];
  readonly miner: Named | null;
  /** Where the miner's node listens, if nobody but the node said so. */
  readonly dial: string | null;
  /** The same of how to reach its owner. */
  readonly contact: string | null;
  /** The same was signed here lately. */
  readonly before: Signed | null;
}

export const NO_WORD: Word = { unproved: [], miner: null, dial: null, contact: null, before: null };

export interface Asked {
  readonly costs: Costs;
  readonly word: Word;
  readonly traps: readonly Apart[];
  readonly confirmed: ReadonlySet<Apart>;
  /** Whether nothing is left to be confirmed. */
  readonly clear: boolean;
  readonly confirm: (trap: Apart, yes: boolean) => void;
}

/** What is asked about a request. What was confirmed counts for these very figures alone, and for what else is `seen`. */
export function useTraps(costs: Costs, word: Word = NO_WORD, seen = ''): Asked {
  const own: readonly Unproved[] = [
    ...(word.dial === null ? [] : (['dial_not_proved'] as const)),
    ...(word.contact === null ? [] : (['contact_not_proved'] as const)),
    ...(word.before === null ? [] : (['signed_before'] as const)),
  ];
  const traps: readonly Apart[] = [...word.unproved, ...own, ...trapsOf(costs)];
  const { miner, dial, contact, before } = word;
  const figures = [costs.fee, costs.amount, costs.left, miner?.id, miner?.name, dial, contact, before?.hash];
  const about = [...figures, seen].join(' ');
  const [said, setSaid] = useState<{ readonly about: string; readonly yes: ReadonlySet<Apart> }>({
    about,
    yes: new Set(),
  });
  const confirmed = said.about === about ? said.yes : new Set<Apart>();
  const confirm = (trap: Apart, yes: boolean) => {
    const next = new Set(confirmed);
    if (yes) next.add(trap);
    else next.delete(trap);
    setSaid({ about, yes: next });
  };
  return { costs, word, traps, confirmed, confirm, clear: traps.every((trap) => confirmed.has(trap)) };
}

function trapText(trap: Apart, { costs, word }: Asked, t: Text): string {
  const { fee, least, left } = costs;
  const etm = (units: bigint) => `${formatAmount(units, { group: ',' })}${ETM}`;
  switch (trap) {
    case 'terms_not_proved':
      return t.review.termsNotProved;
    case 'name_not_proved':
      return t.review.nameNotProved(String(word.miner?.id), word.miner?.name ?? '');
    case 'position_not_proved':
      return t.review.positionNotProved;
    case 'vote_ends':
      return t.review.voteEnds;
    case 'seat_not_proved':
      return t.review.seatNotProved;
    case 'tip_not_proved':
      return t.review.tipNotProved;
    case 'requests_not_proved':
      return t.review.requestsNotProved;
    case 'odd_days':
      return t.review.oddDays;
    case 'old_state':
      return t.review.oldState;
    case 'dial_not_proved':
      return t.review.dialNotProved(word.dial ?? '');
    case 'contact_not_proved':
      return t.review.contactNotProved(word.contact ?? '');
    case 'signed_before':
      return t.review.signedBefore(word.before?.hash ?? '', instant(word.before?.at ?? 0, t.locale));
    case 'no_fee_left':
      return t.review.noFeeLeft(etm(left ?? 0n), etm(fee));
    case 'high_fee':
      if (least === null) return t.review.highFeeAlone(etm(fee));
      return fee > least ? t.review.highFee(etm(fee), etm(least)) : t.review.highLeast(etm(fee), etm(USUAL));
  }
}

export function Traps({ asked }: { readonly asked: Asked }) {
  const t = useText();
  return asked.traps.map((trap) => (
    <Notice key={trap} kind="warn">
      <Confirm
        text={trapText(trap, asked, t)}
        checked={asked.confirmed.has(trap)}
        onChange={(yes) => asked.confirm(trap, yes)}
      />
    </Notice>
  ));
}

function Confirm({
  text,
  checked,
  onChange,
}: {
  readonly text: string;
  readonly checked: boolean;
  readonly onChange: (yes: boolean) => void;
}) {
  const t = useText();
  const id = useId();
  return (
    <div className="stack">
      <p>{text}</p>
      <label className="row" htmlFor={id}>
        <input
          id={id}
          type="checkbox"
          checked={checked}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <strong>{t.review.anyway}</strong>
      </label>
    </div>
  );
}

/** What is held against the chain: what keeps a request from being signed, or what of it is proved and what is not. */
export function HeldNote({
  held,
  position,
}: {
  readonly held: Held | undefined;
  readonly position: boolean;
}) {
  const t = useText();
  if (held === undefined) {
    return (
      <p className="muted small" role="status">
        {t.review.holding}
      </p>
    );
  }
  if (held.kind === 'differs') {
    return (
      <Notice kind="bad">
        {t.review.nodeLies} <FaultText fault={held.fault} />
      </Notice>
    );
  }
  const { standing, unproved } = held;
  // Where it could be proved and is not, that is asked about apart.
  const alone = position && standing === null && !unproved.includes('position_not_proved');
  const proved =
    standing === null
      ? t.review.provedTerms
      : t.review.provedPosition(count(standing.height, t.locale), instant(standing.timestampMs, t.locale));
  return (
    <div className="small muted">
      {unproved.includes('terms_not_proved') ? null : <p>{proved}</p>}
      <p>{alone ? t.review.wordPosition : t.review.wordRest}</p>
    </div>
  );
}
