/** What is asked about apart, before anything can be signed. */

import { useId, useState } from 'react';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { formatAmount } from '../lib/amount';
import { type Costs, type Trap, trapsOf, USUAL } from '../lib/request/traps';
import { Notice } from '../ui/parts';

export interface Asked {
  readonly costs: Costs;
  readonly traps: readonly Trap[];
  readonly confirmed: ReadonlySet<Trap>;
  /** Whether nothing is left to be confirmed. */
  readonly clear: boolean;
  readonly confirm: (trap: Trap, yes: boolean) => void;
}

/** The traps of a request. What was confirmed counts for these very figures alone. */
export function useTraps(costs: Costs): Asked {
  const traps = trapsOf(costs);
  const about = [costs.fee, costs.amount, costs.left].join(' ');
  const [said, setSaid] = useState<{ readonly about: string; readonly yes: ReadonlySet<Trap> }>({
    about,
    yes: new Set(),
  });
  const confirmed = said.about === about ? said.yes : new Set<Trap>();
  const confirm = (trap: Trap, yes: boolean) => {
    const next = new Set(confirmed);
    if (yes) next.add(trap);
    else next.delete(trap);
    setSaid({ about, yes: next });
  };
  return { costs, traps, confirmed, confirm, clear: traps.every((trap) => confirmed.has(trap)) };
}

function trapText(trap: Trap, { fee, least, left }: Costs, t: Text): string {
  const etm = (units: bigint) => `${formatAmount(units, { group: ',' })} ETM`;
  switch (trap) {
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
        text={trapText(trap, asked.costs, t)}
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
