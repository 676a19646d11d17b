import { Copyable } from '../ui/parts';
import { useText } from '../i18n';
import type { Action, Fields } from './act-draft';

/** A link that opens this form filled in. It asks for nothing by itself: whoever opens it reviews and signs. */
export function shareLink(action: Action, fields: Fields, page: string): string {
  const parameters = new URLSearchParams({ do: action });
  const set = (name: string, value: string) => {
    if (value.trim() !== '') parameters.set(name, value.trim());
  };
  if (action === 'lock' || action === 'vote') set('miner', fields.miner.replace(/^#/, ''));
  if (action === 'transfer') {
    set('to', fields.recipient);
    set('memo', fields.memo);
  }
  if (['lock', 'unlock', 'transfer'].includes(action)) set('amount', fields.amount);
  return `${page}#/vote?${parameters.toString()}`;
}

export function ShareLink({ action, fields }: { readonly action: Action; readonly fields: Fields }) {
  const t = useText();
  const { origin, pathname } = globalThis.location;
  return <Copyable text={shareLink(action, fields, origin + pathname)} label={t.act.share} />;
}
