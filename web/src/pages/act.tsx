import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '../router/link';
import { useId, useState, type ReactElement } from 'react';
import { accountQuery, parametersQuery, statusQuery } from '../api/queries';
import { useText } from '../i18n';
import { countIn } from '../lib/mechanism/waiting';
import { Tabs } from '../ui/form';
import { useAddressSearch, useChangeSearch } from '../ui/address-bar';
import { Loaded, Notice, PageHead, useTitle } from '../ui/parts';
import { useWallet } from '../wallet/context';
import type { Signer } from '../wallet/store';
import { ActForm } from './act-forms';
import { ACTIONS, type Action, type Draft } from './act-draft';
import type { Sent } from '../wallet/outbox';
import { Progress, UnderWay } from './act-progress';
import { forgetDraft, keepDraft, keptDraft } from './act-memory';
import { Review } from './act-review';

export function ActPage(): ReactElement {
  const t = useText();
  const { active } = useWallet();
  const search = useAddressSearch();
  // Another address is another request: nothing of an earlier draft may be left under review.
  const asked = ['do', 'miner', 'to', 'amount', 'memo'].map((name) => search[name]).join(' ');
  return (
    <>
      <PageHead title={t.act.title} lead={t.act.lead} />
      {active === null ? (
        <Notice>
          <div className="stack">
            <p>
              <strong>
                {t.act.needsWallet}
                {t.marks.stop}
              </strong>
              {t.act.needsWalletHelp}
            </p>
            <p>
              <Link to="/wallet" className="button primary">
                {t.position.toWallet}
              </Link>
            </p>
          </div>
        </Notice>
      ) : active.kind === 'watch' ? (
        <Notice>
          <div className="stack">
            <p>{t.act.watchOnly}</p>
            <p>
              <Link to="/wallet" className="button primary">
                {t.position.toWallet}
              </Link>
            </p>
          </div>
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
  const navigate = useNavigate();
  const account = useQuery(accountQuery(signer.address));
  const parameters = useQuery(parametersQuery);
  const status = useQuery(statusQuery);
  const change = useChangeSearch();
  // Review is a step of its own in the browser's history: Back leads to the form, as it was filled in.
  const [draft, setDraft] = useState<Draft | null>(null);
  const reviewing = search['step'] === 'review' && draft !== null;
  const [sent, setSent] = useState<readonly Sent[] | null>(null);
  const panel = useId();
  const owns = account.data?.miner != null;
  const actions = ACTIONS.filter((action) =>
    action === 'register' ? !owns : action === 'update' || action === 'resign' ? owns : true,
  );
  const fallback: Action = account.data?.projected == null ? 'lock' : 'vote';
  const action = actions.find((known) => known === search['do']) ?? fallback;
  useTitle(sent !== null ? t.act.sent : reviewing ? t.act.reviewTitle : t.act.tabs[action]);
  const restart = () => {
    setDraft(null);
    setSent(null);
    if (search['step'] !== undefined) change({ step: undefined });
  };
  if (sent !== null) return <Progress sent={sent} onRestart={restart} />;
  return (
    <>
      <section className="sheet">
        <Tabs
          label={t.act.tabsLabel}
          tabs={actions.map((key) => ({ key, label: t.act.tabs[key] }))}
          chosen={action}
          panel={panel}
          onChoose={(key) => {
            restart();
            navigate({ search: { do: key }, resetScroll: false });
          }}
        />
        <div id={panel} role="tabpanel" aria-label={t.act.tabs[action]} className="sheet-body">
          <Loaded query={account}>
            {(own) => (
              <Loaded query={parameters}>
                {(constants) =>
                  reviewing ? (
                    <Review
                      draft={draft}
                      signer={signer}
                      account={own}
                      parameters={constants}
                      status={status.data}
                      onBack={() => history.back()}
                      onSent={(signed) => {
                        forgetDraft(signer.address, draft.action);
                        setSent(signed);
                      }}
                    />
                  ) : (
                    <ActForm
                      key={action}
                      action={action}
                      account={countIn(own, constants)}
                      parameters={constants}
                      prefill={keptDraft(signer.address, action)}
                      asked={search}
                      onFields={(fields) => keepDraft(signer.address, action, fields)}
                      onDraft={(next) => {
                        setDraft(next);
                        change({ step: 'review' }, false);
                      }}
                    />
                  )
                }
              </Loaded>
            )}
          </Loaded>
        </div>
      </section>
      <UnderWay />
    </>
  );
}
