import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useId, useState, type ReactElement } from 'react';
import { accountQuery, parametersQuery, statusQuery } from '../api/queries';
import { useText } from '../i18n';
import { Tabs } from '../ui/form';
import { useAddressSearch } from '../ui/address-bar';
import { Loaded, Notice, PageHead } from '../ui/parts';
import { useWallet } from '../wallet/context';
import type { Signer } from '../wallet/store';
import { ActForm } from './act-forms';
import { ACTIONS, type Action, type Draft } from './act-draft';
import { Progress, type Sent } from './act-progress';
import { Review } from './act-review';

export function ActPage(): ReactElement {
  const t = useText();
  const { active } = useWallet();
  const search = useAddressSearch();
  // Another address is another request: nothing of an earlier draft may be left under review.
  const asked = [search['do'], search['miner'], search['to']].join(' ');
  return (
    <>
      <PageHead title={t.act.title} lead={t.act.lead} />
      {active === null ? (
        <Notice>
          <p>
            <strong>{t.act.needsWallet}.</strong> {t.act.needsWalletHelp}
          </p>
          <p>
            <Link to="/wallet">{t.position.toWallet}</Link>
          </p>
        </Notice>
      ) : active.kind === 'watch' ? (
        <Notice>
          <p>{t.act.watchOnly}</p>
          <p>
            <Link to="/wallet">{t.position.toWallet}</Link>
          </p>
        </Notice>
      ) : (
        <Acting key={`${active.address} ${asked}`} signer={active} />
      )}
    </>
  );
}

function Acting({ signer }: { readonly signer: Signer }) {
  const t = useText();
  const search = useAddressSearch();
  const navigate = useNavigate({ from: '/vote' });
  const account = useQuery(accountQuery(signer.address));
  const parameters = useQuery(parametersQuery);
  const status = useQuery(statusQuery);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [reviewing, setReviewing] = useState(false);
  const [sent, setSent] = useState<readonly Sent[] | null>(null);
  const panel = useId();
  const owns = account.data?.miner != null;
  const actions = ACTIONS.filter((action) =>
    action === 'register' ? !owns : action === 'update' || action === 'resign' ? owns : true,
  );
  const fallback: Action = account.data?.projected == null ? 'lock' : 'vote';
  const action = actions.find((known) => known === search['do']) ?? fallback;
  const restart = () => {
    setDraft(null);
    setReviewing(false);
    setSent(null);
  };
  if (sent !== null) return <Progress sent={sent} onRestart={restart} />;
  return (
    <section className="sheet">
      <Tabs
        label={t.act.tabsLabel}
        tabs={actions.map((key) => ({ key, label: t.act.tabs[key] }))}
        chosen={action}
        panel={panel}
        onChoose={(key) => {
          restart();
          void navigate({ search: { do: key, miner: undefined, to: undefined } });
        }}
      />
      <div id={panel} role="tabpanel" aria-label={t.act.tabs[action]} className="sheet-body">
        <Loaded query={account}>
          {(own) => (
            <Loaded query={parameters}>
              {(constants) =>
                reviewing && draft !== null ? (
                  <Review
                    draft={draft}
                    signer={signer}
                    account={own}
                    parameters={constants}
                    status={status.data}
                    onBack={() => setReviewing(false)}
                    onSent={setSent}
                  />
                ) : (
                  <ActForm
                    key={action}
                    action={action}
                    account={own}
                    parameters={constants}
                    prefill={draft?.action === action ? draft : null}
                    miner={search['miner'] ?? ''}
                    recipient={search['to'] ?? ''}
                    onDraft={(next) => {
                      setDraft(next);
                      setReviewing(true);
                    }}
                  />
                )
              }
            </Loaded>
          )}
        </Loaded>
      </div>
    </section>
  );
}
