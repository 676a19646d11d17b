/** Small parts: figures, names, states. Everything from the chain is rendered as text, isolated from its surroundings. */

import { Link } from '../router/link';
import { type ReactNode, useEffect, useId, useState } from 'react';
import { ApiError, Unreachable } from '../api/client';
import type { MinerRef } from '../api/types';
import { Explained, type Word } from '../help/term';
import { useText } from '../i18n';
import { formatAmount, readInteger } from '../lib/amount';
import { failureText, isMendedByReload } from '../lib/refusal';
import { plain } from '../lib/plain';
import { count, percent, shorten, votesText } from '../lib/format';

/** An amount in units, printed exactly. */
export function Amount({
  units,
  unit = true,
  decimals = 0,
}: {
  readonly units: string | bigint;
  readonly unit?: boolean;
  /** So many at least, where points stand under each other. */
  readonly decimals?: number;
}) {
  const value = typeof units === 'bigint' ? units : readInteger(units);
  const [whole, fraction] = formatAmount(value, { group: ',', minDecimals: decimals }).split('.');
  return (
    <span className="figure">
      {whole}
      {fraction === undefined ? null : <span className="fraction">.{fraction}</span>}
      {unit ? ' ETM' : null}
    </span>
  );
}

/** Raw votes (or weight) as people see them; the exact figure is in the title. */
export function Votes({ raw }: { readonly raw: string | bigint }) {
  const t = useText();
  const value = typeof raw === 'bigint' ? raw : readInteger(raw);
  return (
    <span className="figure" title={t.common.votesRaw(value.toString())}>
      {votesText(value)}
    </span>
  );
}

export function Percent({ ppb }: { readonly ppb: number }) {
  return <span className="figure">{percent(ppb)}</span>;
}

/** Text of a stranger: never markup, never able to turn its surroundings around, with nothing in it that can't be seen. */
export function Foreign({ text }: { readonly text: string }) {
  return <bdi>{plain(text)}</bdi>;
}

/** Text of a stranger that may be a web address: only http and https become links. */
export function ForeignLink({ text }: { readonly text: string }) {
  let href: string | null = null;
  try {
    const url = new URL(text);
    if ((url.protocol === 'https:' || url.protocol === 'http:') && url.username === '') href = url.href;
  } catch {
    href = null;
  }
  return href === null ? (
    <Foreign text={text} />
  ) : (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      <Foreign text={text} />
    </a>
  );
}

export function MinerLink({ miner }: { readonly miner: MinerRef | null | undefined }) {
  const t = useText();
  // What is not known yet is not nobody.
  if (miner === undefined) return <span className="muted">{t.common.none}</span>;
  if (miner === null) return <span className="muted">{t.common.nobody}</span>;
  return (
    <Link to="/miners/$miner" params={{ miner: String(miner.id) }} className="miner">
      <Foreign text={miner.name === '' ? `#${miner.id}` : miner.name} />
    </Link>
  );
}

export function RoundLink({
  round,
  named = false,
}: {
  readonly round: number;
  /** Where nothing beside the number says that it is a round's. */
  readonly named?: boolean;
}) {
  const t = useText();
  const number = count(round, t.locale);
  return (
    <Link to="/rounds/$round" params={{ round: String(round) }}>
      {named ? t.round.title(number) : number}
    </Link>
  );
}

export function BlockLink({
  height,
  label,
}: {
  readonly height: number;
  readonly label?: string | undefined;
}) {
  const t = useText();
  return (
    <Link to="/blocks/$block" params={{ block: String(height) }}>
      {label ?? count(height, t.locale)}
    </Link>
  );
}

export function TransactionLink({ hash }: { readonly hash: string }) {
  return (
    <Link to="/transactions/$hash" params={{ hash }} className="hash nowrap" title={hash}>
      {shorten(hash)}
    </Link>
  );
}

export function AddressLink({
  address,
  full = false,
}: {
  readonly address: string;
  readonly full?: boolean;
}) {
  return (
    <Link
      to="/accounts/$address"
      params={{ address }}
      className={full ? 'hash' : 'hash nowrap'}
      title={address}
    >
      {full ? <span className="break">{address}</span> : shorten(address)}
    </Link>
  );
}

/** A long string that can be copied; with a label only the button is shown. */
export function Copyable({
  text,
  short = false,
  label,
}: {
  readonly text: string;
  readonly short?: boolean;
  readonly label?: string;
}) {
  const t = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span className="copy">
      {label === undefined ? (
        <span className="hash break" title={text}>
          {short ? shorten(text) : text}
        </span>
      ) : null}
      <button
        type="button"
        className="link-button small"
        onClick={() => {
          void navigator.clipboard.writeText(text).then(() => setCopied(true));
        }}
      >
        <span aria-live="polite">{copied ? t.common.copied : (label ?? t.common.copy)}</span>
      </button>
    </span>
  );
}

/** Names the tab and the entry in the history after the page. */
export function useTitle(title: string): void {
  const t = useText();
  useEffect(() => {
    document.title = `${title} – ${t.brand}`;
  }, [title, t.brand]);
}

export function PageHead({
  title,
  name,
  lead,
  children,
}: {
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
} & (
  | { readonly title: string; readonly name?: undefined }
  /** A title that is more than text has its text as `name`. */
  | { readonly title: ReactNode; readonly name: string }
)) {
  useTitle(name ?? title);
  return (
    <header className="page-head">
      <div className="row spread">
        <h1>{title}</h1>
        {children}
      </div>
      {lead === undefined ? null : <p>{lead}</p>}
    </header>
  );
}

/** A titled sheet. */
export function Sheet({
  title,
  aside,
  flush = false,
  children,
}: {
  readonly title?: ReactNode;
  readonly aside?: ReactNode;
  readonly flush?: boolean;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section className="sheet" aria-labelledby={title === undefined ? undefined : id}>
      {title === undefined ? null : (
        <div className="sheet-head">
          <h2 id={id}>{title}</h2>
          {aside}
        </div>
      )}
      <div className={flush ? 'sheet-body flush' : 'sheet-body'}>{children}</div>
    </section>
  );
}

/** A figure with its name. */
export function Fact({
  name,
  word,
  note,
  children,
}: {
  readonly name: string;
  /** The word of the glossary that explains it. */
  readonly word?: Word;
  readonly note?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div>
      <dt>
        <Explained word={word}>{name}</Explained>
      </dt>
      <dd>{children}</dd>
      {note === undefined ? null : <dd className="note">{note}</dd>}
    </div>
  );
}

/** An entry of a list of pairs. */
export function Row({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  const t = useText();
  return (
    <div className="stack" role="status" aria-label={t.common.loading}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className="skeleton" />
      ))}
    </div>
  );
}

/** Of a node without a history the pages say so once, rather than nought where nothing is known. */
export function NoPast() {
  return <Notice>{useText().miners.noPast}</Notice>;
}

/** Since when a node that began with a snapshot tells, if it is one. */
export function Since({ round }: { readonly round: number | null | undefined }) {
  const t = useText();
  return round == null ? null : <Notice>{t.common.since(String(round))}</Notice>;
}

export function Notice({
  kind,
  children,
}: {
  readonly kind?: 'good' | 'bad' | 'warn' | undefined;
  readonly children: ReactNode;
}) {
  return (
    <div className={`notice ${kind ?? ''}`} role={kind === 'bad' ? 'alert' : undefined}>
      {children}
    </div>
  );
}

/** What went wrong, honestly, and what happens next. */
export function Failure({
  error,
  onRetry,
  repeats = false,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** Whether what failed is tried again without being asked. */
  readonly repeats?: boolean;
}) {
  const t = useText();
  const unreachable = error instanceof Unreachable;
  // Nothing is wrong, and asking again changes nothing.
  if (error instanceof ApiError && error.code === 'pruned') return <Notice>{failureText(error, t)}</Notice>;
  return (
    <Notice kind="bad">
      <p>
        <Foreign text={failureText(error, t)} />
      </p>
      {unreachable ? (
        <p className="small">
          {t.common.unreachableHelp} {repeats ? t.common.repeats : null}
        </p>
      ) : null}
      <span className="row">
        {onRetry === undefined ? null : (
          <button type="button" className="link-button" onClick={onRetry}>
            {t.common.retry}
          </button>
        )}
        {isMendedByReload(error) ? (
          <button type="button" className="link-button" onClick={() => globalThis.location.reload()}>
            {t.common.reload}
          </button>
        ) : null}
      </span>
    </Notice>
  );
}

/** The way on from a page that has nothing to show. */
export function HomeLink() {
  const t = useText();
  return (
    <p>
      <Link to="/">{t.common.home}</Link>
    </p>
  );
}

interface Loadable<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

/** Shows data once it is there; a skeleton before, an honest error otherwise. Data that is there stays. */
export function Loaded<T>({
  query,
  lines,
  page,
  unknown,
  children,
}: {
  readonly query: Loadable<T>;
  readonly lines?: number;
  /** The title of the whole page, which stands above what went wrong. */
  readonly page?: string;
  /** What is said besides of what the node does not know. */
  readonly unknown?: ReactNode;
  readonly children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) {
    return (
      <>
        {page === undefined ? null : <PageHead title={page} />}
        <Failure error={query.error} onRetry={() => void query.refetch()} repeats />
        {query.error instanceof ApiError && query.error.code === 'not_found' ? unknown : null}
        {page === undefined ? null : <HomeLink />}
      </>
    );
  }
  return <Skeleton lines={lines ?? 3} />;
}

interface Pages {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
}

export function MoreButton({ query }: { readonly query: Pages }) {
  const t = useText();
  if (!query.hasNextPage) return null;
  return (
    <div className="empty">
      <button
        type="button"
        className="button small"
        disabled={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        {t.common.more}
      </button>
    </div>
  );
}
