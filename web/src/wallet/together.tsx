/** Everything the addresses of this browser have, summed: those that sign and those that are only watched. */

import { useQueries } from '@tanstack/react-query';
import { accountQuery } from '../api/queries';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { Amount, Fact, Failure, Sheet, Skeleton, Votes } from '../ui/parts';
import type { Entry } from './store';

export function Together({ entries }: { readonly entries: readonly Entry[] }) {
  const t = useText();
  const queries = useQueries({ queries: entries.map((entry) => accountQuery(entry.address)) });
  const failed = queries.find((query) => query.isError && query.data === undefined);
  const accounts = queries.map((query) => query.data).filter((data) => data !== undefined);
  const sum = (of: (account: (typeof accounts)[number]) => string) =>
    accounts.reduce((total, account) => total + readInteger(of(account)), 0n);
  return (
    <Sheet title={t.together.title}>
      {failed === undefined ? null : <Failure error={failed.error} repeats />}
      {/* A sum of some of them would be a wrong one. */}
      {accounts.length < entries.length ? (
        failed === undefined ? (
          <Skeleton lines={2} />
        ) : null
      ) : (
        <dl className="facts">
          <Fact name={t.position.balance}>
            <Amount units={sum((account) => account.balance)} />
          </Fact>
          <Fact name={t.position.locked}>
            <Amount units={sum((account) => account.locked)} />
          </Fact>
          <Fact name={t.position.totalAll}>
            <Amount units={sum((account) => account.total)} />
          </Fact>
          <Fact name={t.together.votes}>
            <Votes raw={sum((account) => account.position?.votes ?? '0')} />
          </Fact>
          {/* What the node does not know of one of them, it does not know of all. */}
          {accounts.some(
            (account) => account.position != null && account.position.earned_total == null,
          ) ? null : (
            <Fact name={t.together.earned}>
              <Amount units={sum((account) => account.position?.earned_total ?? '0')} />
            </Fact>
          )}
        </dl>
      )}
    </Sheet>
  );
}
