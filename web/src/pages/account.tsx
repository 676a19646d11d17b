import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '../router/link';
import { useState, type ReactElement } from 'react';
import { Notices } from '../alerts/notices';
import { post } from '../api/client';
import { accountQuery, accountTransactionsQuery, statusQuery } from '../api/queries';
import type { Schema } from '../api/types';
import { useText } from '../i18n';
import { formatAmount, readInteger } from '../lib/amount';
import { parseAddress } from '../lib/address';
import { useAddressPart } from '../ui/address-bar';
import { After } from '../ui/after';
import { Fold } from '../ui/fold';
import {
  Copyable,
  Failure,
  Foreign,
  HomeLink,
  Loaded,
  MoreButton,
  Notice,
  PageHead,
  Since,
} from '../ui/parts';
import { useWallet } from '../wallet/context';
import { addressProblemText } from '../wallet/problems';
import { UnderWay } from './act-progress';
import { AccountCharts } from './account-charts';
import { PositionProof } from './position-proof';
import { BonusRows, Timeline } from './account-history';
import { Balances, Forecast, Pending, PositionSheet } from './account-position';
import { TransactionTable } from './blocks';

export function PositionPage(): ReactElement {
  const t = useText();
  const { active } = useWallet();
  if (active === null) {
    return (
      <>
        <PageHead title={t.position.title} lead={t.position.chooseHelp} />
        <p>
          <Link to="/wallet" className="button primary">
            {t.position.toWallet}
          </Link>
        </p>
      </>
    );
  }
  return <AccountView key={active.address} address={active.address} mine />;
}

export function AccountPage(): ReactElement {
  const t = useText();
  const address = useAddressPart('address');
  const { active } = useWallet();
  const parsed = parseAddress(address);
  if (!parsed.ok) {
    return (
      <>
        <PageHead title={t.position.accountTitle} />
        <Notice kind="bad">
          <p className="break">
            <Foreign text={address} />
          </p>
          <p>{addressProblemText(parsed, t)}</p>
        </Notice>
        <HomeLink />
      </>
    );
  }
  return <AccountView key={address} address={parsed.address} mine={active?.address === parsed.address} />;
}

function AccountView({ address, mine }: { readonly address: string; readonly mine: boolean }) {
  const t = useText();
  const account = useQuery(accountQuery(address));
  // Whether tokens are given away here says how tall the head is.
  const status = useQuery({ ...statusQuery, select: () => true });
  return (
    <>
      <PageHead
        title={mine ? t.position.title : t.position.accountTitle}
        lead={
          <After queries={[status]}>
            <Copyable text={address} />
          </After>
        }
      >
        <After queries={[status]}>
          {mine ? (
            <span className="row">
              <Faucet address={address} />
              <Link to="/vote" className="button primary">
                {t.nav.vote}
              </Link>
            </span>
          ) : (
            <Link to="/vote" search={{ do: 'transfer', to: address }} className="button">
              {t.act.tabs.transfer}
            </Link>
          )}
        </After>
      </PageHead>
      <After queries={[status]}>
        <Loaded query={account} lines={8}>
          {(data) => (
            <>
              {data.exists ? null : <Notice>{t.position.unknown}</Notice>}
              {mine ? <UnderWay /> : null}
              <Balances account={data} />
              {data.position == null ? (
                <Notice>
                  {t.position.noPosition}
                  {t.marks.gap}
                  {mine ? (
                    <Link to="/vote" search={{ do: 'lock' }}>
                      {t.position.lockFirst}
                    </Link>
                  ) : null}
                </Notice>
              ) : (
                <PositionSheet position={data.position} end={data.round_end} />
              )}
              {mine ? <Notices /> : null}
              <Pending account={data} />
              {data.position == null ? null : (
                <Fold title={t.position.forecast}>
                  <Forecast position={data.position} />
                </Fold>
              )}
            </>
          )}
        </Loaded>
      </After>
      <After queries={[account, status]}>
        {account.data?.position?.miner == null ? null : (
          <Fold title={mine ? t.proof.title : t.proof.titleOther}>
            <PositionProof address={address} miner={account.data.position.miner.id} />
          </Fold>
        )}
        <Fold title={t.position.charts}>
          <AccountCharts address={address} />
        </Fold>
        <Fold title={t.position.bonus} flush>
          <BonusRows address={address} />
        </Fold>
        <Fold title={t.position.timeline} flush>
          <Timeline address={address} />
        </Fold>
        <Fold title={t.position.transactions} flush>
          <Transactions address={address} />
        </Fold>
      </After>
    </>
  );
}

function Transactions({ address }: { readonly address: string }) {
  const t = useText();
  const transactions = useInfiniteQuery(accountTransactionsQuery(address));
  return (
    <>
      <Loaded query={transactions}>
        {(data) => (
          <>
            <TransactionTable
              transactions={data.pages.flatMap((page) => page.transactions)}
              empty={data.pages[0]?.counted_from == null ? t.position.noTransactions : t.common.none}
              account={address}
              more={<MoreButton query={transactions} />}
            />
            <Since round={data.pages[0]?.counted_from} />
          </>
        )}
      </Loaded>
    </>
  );
}

/** On a devnet: tokens for the asking. */
function Faucet({ address }: { readonly address: string }) {
  const t = useText();
  const queries = useQueryClient();
  const { data: devnet } = useQuery({ ...statusQuery, select: (status) => status.chain.devnet });
  const [state, setState] = useState<{ text?: string; error?: unknown; busy: boolean }>({ busy: false });
  if (devnet !== true) return null;
  const ask = () => {
    setState({ busy: true });
    post<Schema<'FaucetResponse'>>('devnet/faucet', { address }).then(
      (answer) => {
        const amount = formatAmount(readInteger(answer.amount), { group: ',' });
        setState({ busy: false, text: t.position.faucetDone(amount) });
        void queries.invalidateQueries({ queryKey: ['account', address] });
      },
      (error: unknown) => setState({ busy: false, error }),
    );
  };
  return (
    <span className="row">
      {state.error === undefined ? null : <Failure error={state.error} />}
      <span role="status" className="small">
        {state.text}
      </span>
      <button type="button" className="button" onClick={ask} disabled={state.busy}>
        {t.position.faucet}
      </button>
    </span>
  );
}
