import type { Request } from '../api/types';
import type { Text } from '../i18n/en';
import { formatAmount, readInteger } from '../lib/amount';

/** A request in words. */
export function requestText(request: Request, t: Text): string {
  const amount = (units: string) => formatAmount(readInteger(units), { group: ',' });
  switch (request.kind) {
    case 'lock':
      return t.position.requests.lock(amount(request.amount));
    case 'unlock':
      return t.position.requests.unlock(amount(request.amount));
    case 'vote':
      return t.position.requests.vote(request.miner.name);
    case 'withdraw':
      return t.position.requests.withdraw;
    case 'register':
      return t.position.requests.register(request.name);
    case 'resign':
      return t.position.requests.resign;
  }
}
