import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState, type ReactElement } from 'react';
import { isNode, nodeUrl, pageBase, parseNodeUrl, post, routeUrl, setNodeUrl } from '../api/client';
import { mempoolQuery, parametersQuery, peersQuery, statusQuery } from '../api/queries';
import type { Parameters, Schema, Status, TransactionSummary } from '../api/types';
import { useText } from '../i18n';
import { formatAmount, readInteger } from '../lib/amount';
import { count, duration, instant } from '../lib/format';
import { Field } from '../ui/form';
import { After } from '../ui/after';
import { useTimed, When } from '../ui/clock';
import { Fold } from '../ui/fold';
import {
  Amount,
  Copyable,
  Failure,
  Foreign,
  Loaded,
  MinerLink,
  Notice,
  PageHead,
  RoundLink,
  Sheet,
  Row,
} from '../ui/parts';
import { Table } from '../ui/table';
import { TransactionTable } from './blocks';
import { Concentration } from './concentration';

export function NetworkPage(): ReactElement {
  const t = useText();
  const parameters = useQuery(parametersQuery);
  const peers = useQuery({ ...peersQuery, select: () => true });
  const status = useQuery({ ...statusQuery, select: ({ chain }) => chain.devnet });
  return (
    <>
      <PageHead title={t.network.title} />
      <div className="grid-2">
        <NodeSheet />
        <After queries={[status]}>
          <NodeChoice />
        </After>
      </div>
      {status.data === true ? <TimeTravel /> : null}
      <After queries={[status]}>
        <PeersSheet />
        <After queries={[peers]}>
          <MempoolSheet />
          <Concentration />
          <Loaded query={parameters} lines={10}>
            {(data) => (
              <div className="grid-2">
                <Fold title={t.network.parameters}>
                  <Constants parameters={data} />
                </Fold>
                <Fold title={t.network.schedule} flush>
                  <ScheduleTable parameters={data} />
                </Fold>
              </div>
            )}
          </Loaded>
          <Fold title={t.network.weaknesses}>
            <ul>
              {t.network.weaknessList.map((weakness) => (
                <li key={weakness}>{weakness}</li>
              ))}
            </ul>
          </Fold>
        </After>
      </After>
    </>
  );
}

function NodeSheet() {
  const t = useText();
  const status = useQuery(statusQuery);
  return (
    <Sheet title={t.network.node}>
      <Loaded query={status} lines={6}>
        {(data) => <NodeFacts status={data} />}
      </Loaded>
    </Sheet>
  );
}

function NodeChoice() {
  const t = useText();
  const { data: answers = false } = useQuery({ ...statusQuery, select: () => true });
  // A page that a node serves may ask that node alone.
  const served = answers && nodeUrl() === pageBase();
  return (
    <Sheet title={t.network.nodeUrl}>
      <div className="stack">
        {served ? <p>{t.network.servedHere}</p> : <NodeForm />}
        <p className="row small">
          <a href={routeUrl('scenario/current')} target="_blank" rel="noreferrer">
            {t.network.scenario}
          </a>
          <a href={`${nodeUrl()}/docs/index.html`} target="_blank" rel="noreferrer">
            {t.network.openapi}
          </a>
        </p>
      </div>
    </Sheet>
  );
}

function PeersSheet() {
  const t = useText();
  const peers = useQuery(peersQuery);
  return (
    <Fold title={t.network.peers} flush>
      <Loaded query={peers}>{(data) => <PeerTable peers={data.peers} />}</Loaded>
    </Fold>
  );
}

function MempoolSheet() {
  const t = useText();
  const mempool = useQuery(mempoolQuery);
  return (
    <Sheet title={t.network.mempool} flush>
      <Loaded query={mempool}>
        {(data) => (
          <>
            <p className="toolbar small muted">
              {t.mempoolNote(
                count(data.count, t.locale),
                count(data.max_count, t.locale),
                formatAmount(readInteger(data.min_fee), { group: ',' }),
              )}
            </p>
            <TransactionTable
              transactions={data.transactions.toSorted(byFee)}
              empty={t.network.mempoolEmpty}
              fees
            />
          </>
        )}
      </Loaded>
    </Sheet>
  );
}

/** The highest fee first, as blocks take them. */
function byFee(left: TransactionSummary, right: TransactionSummary): number {
  const [first, second] = [readInteger(left.fee), readInteger(right.fee)];
  return first > second ? -1 : first < second ? 1 : 0;
}

function NodeFacts({ status }: { readonly status: Status }) {
  const t = useText();
  const state = status.sync.state;
  return (
    <dl className="pairs">
      <Row label={t.network.sync}>
        <span className={`tag ${state === 'synced' ? 'good' : 'warn'}`}>{t.network.syncStates[state]}</span>{' '}
        {t.common.height} {count(status.tip.height, t.locale)}
      </Row>
      <Row label={t.network.version}>
        <Foreign text={status.node.version} />
      </Row>
      <Row label={t.network.started}>
        <When ms={status.node.started_ms} clock={Date.now} />
      </Row>
      <Row label={t.common.miner}>
        <MinerLink miner={status.node.miner} />
      </Row>
      {status.node.node_key == null ? null : (
        <Row label={t.miner.nodeKey}>
          <Copyable text={status.node.node_key} short />
        </Row>
      )}
      <Row label={t.network.chainName}>
        <Foreign text={status.chain.name} />
      </Row>
      <Row label={t.network.chainId}>
        <Copyable text={status.chain.id} />
      </Row>
    </dl>
  );
}

function NodeForm() {
  const t = useText();
  const queries = useQueryClient();
  const [text, setText] = useState(() => (nodeUrl() === pageBase() ? '' : nodeUrl()));
  const [error, setError] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const adopt = (url: string | null) => {
    setNodeUrl(url);
    queries.clear();
    globalThis.location.reload();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const url = text.trim() === '' ? null : parseNodeUrl(text);
    if (url === null) {
      if (text.trim() === '') adopt(null);
      else setError(t.network.nodeUrlBad);
      return;
    }
    setError(null);
    setAsking(true);
    // Only a node that answers from here is taken: otherwise nothing of this page would work any more.
    isNode(url).then(
      (answers) => {
        setAsking(false);
        if (answers) adopt(url);
        else setError(t.network.nodeUrlSilent);
      },
      () => undefined,
    );
  };
  return (
    <form className="form" onSubmit={submit} noValidate>
      <Field label={t.network.nodeUrl} hint={t.network.nodeUrlHint} error={error}>
        {(props) => (
          <input
            {...props}
            inputMode="url"
            value={text}
            maxLength={200}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <div>
        <button type="submit" className="button small" disabled={asking}>
          {t.network.nodeUrlSave}
        </button>
      </div>
    </form>
  );
}

function PeerTable({ peers }: { readonly peers: readonly Schema<'Peer'>[] }) {
  const t = useText();
  if (peers.length === 0) return <p className="empty">{t.network.noPeers}</p>;
  return (
    <>
      <p className="toolbar small muted">{t.network.peersNote}</p>
      <Table
        label={t.network.peers}
        rows={peers}
        rowKey={(peer) => peer.node_key}
        columns={[
          {
            name: t.common.miner,
            cell: (peer) => (peer.miner == null ? t.common.none : <MinerLink miner={peer.miner} />),
          },
          {
            name: t.common.status,
            cell: (peer) => (
              <span className={peer.connected ? 'tag good' : 'tag'}>
                {peer.connected ? t.network.connected : t.network.disconnected}
              </span>
            ),
          },
          { name: t.network.role, cell: (peer) => t.network.roles[peer.role] },
          {
            name: t.network.version,
            cell: (peer) => (peer.version == null ? t.common.none : <Foreign text={peer.version} />),
          },
          {
            name: t.common.height,
            num: true,
            cell: (peer) => (peer.height == null ? t.common.none : count(peer.height, t.locale)),
          },
          { name: t.network.lastSeen, cell: (peer) => <LastSeen peer={peer} /> },
          {
            name: t.common.address,
            wide: true,
            cell: (peer) => (peer.address == null ? t.common.none : <Foreign text={peer.address} />),
          },
          { name: t.miner.nodeKey, wide: true, cell: (peer) => <Copyable text={peer.node_key} short /> },
        ]}
      />
    </>
  );
}

function LastSeen({ peer }: { readonly peer: Schema<'Peer'> }) {
  const t = useText();
  if (peer.last_seen_round == null) return t.common.none;
  return (
    <>
      <RoundLink round={peer.last_seen_round} named />{' '}
      {peer.ready ? null : <span className="tag warn">{t.network.silent}</span>}
    </>
  );
}

function Constants({ parameters }: { readonly parameters: Parameters }) {
  const t = useText();
  return (
    <dl className="pairs">
      <Row label={t.network.committee}>{count(parameters.committee, t.locale)}</Row>
      <Row label={t.network.blocksPerRound}>{count(parameters.blocks_per_round, t.locale)}</Row>
      <Row label={t.network.minCommittee}>{count(parameters.min_committee, t.locale)}</Row>
      <Row label={t.network.slot}>{duration(parameters.slot_ms, t.locale)}</Row>
      <Row label={t.network.day}>{duration(parameters.day_seconds * 1000, t.locale)}</Row>
      <Row label={t.network.maxGain}>{parameters.max_time_gain}</Row>
      <Row label={t.network.minLock}>
        <Amount units={parameters.min_lock} />
      </Row>
      <Row label={t.network.deposit}>
        <Amount units={parameters.deposit} />
      </Row>
      <Row label={t.network.minFee}>
        <Amount units={parameters.min_fee} />
      </Row>
      <Row label={t.network.genesisSupply}>
        <Amount units={parameters.genesis_supply} />
      </Row>
    </dl>
  );
}

function ScheduleTable({ parameters }: { readonly parameters: Parameters }) {
  const t = useText();
  return (
    <Table
      label={t.network.schedule}
      rows={parameters.schedule}
      rowKey={(span) => span.first_height}
      columns={[
        {
          name: t.network.heights,
          wide: true,
          cell: (span) => `${count(span.first_height, t.locale)} – ${count(span.last_height, t.locale)}`,
        },
        { name: t.network.reward, of: (span) => span.reward },
        { name: t.network.bonus, of: (span) => span.bonus },
      ]}
    />
  );
}

function TimeTravel() {
  const t = useText();
  const now = useTimed((ms) => instant(ms, t.locale));
  const [text, setText] = useState('1');
  const [unit, setUnit] = useState<'days' | 'rounds'>('days');
  const [error, setError] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [done, setDone] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setDone(false);
    setFailure(null);
    if (!/^[0-9]{1,4}$/.test(text) || Number(text) < 1 || Number(text) > 1000) {
      setError(t.network.timeTravelBad);
      return;
    }
    setError(null);
    post<Schema<'TimeTravelResponse'>>('devnet/time-travel', { [unit]: Number(text) }, {}, 60_000).then(
      () => setDone(true),
      (reason: unknown) => {
        setFailure(reason);
      },
    );
  };
  return (
    <Sheet title={t.network.timeTravel} aside={<span className="muted small">{now}</span>}>
      <form className="row" onSubmit={submit} noValidate>
        <Field label={t.network.timeTravelBy} error={error}>
          {(props) => (
            <span className="input-row">
              <input
                {...props}
                inputMode="numeric"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
              <select
                className="input"
                aria-label={t.network.timeTravelUnit}
                value={unit}
                onChange={(event) => setUnit(event.target.value === 'rounds' ? 'rounds' : 'days')}
              >
                <option value="days">{t.network.timeTravelUnits.days}</option>
                <option value="rounds">{t.network.timeTravelUnits.rounds}</option>
              </select>
              <button type="submit" className="button">
                {t.network.timeTravelGo}
              </button>
            </span>
          )}
        </Field>
      </form>
      {failure === null ? null : <Failure error={failure} />}
      {done ? <Notice kind="good">{t.network.timeTravelDone}</Notice> : null}
    </Sheet>
  );
}
