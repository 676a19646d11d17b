/** The frame around every page: navigation, search, language, theme, wallet, and what state the node is in. */

import { useQuery } from '@tanstack/react-query';
import { type SubmitEvent, useEffect, useRef, useState, type ReactElement } from 'react';
import { AlertsRunner } from './alerts/runner';
import { parametersQuery, STATUS_MS, statusQuery } from './api/queries';
import { LANGUAGES, type Language, useLanguage, useText } from './i18n';
import { count } from './lib/format';
import { readSetting, writeSetting } from './lib/settings';
import { useLive, useLost } from './live-context';
import { Link, NavLink, useNavigate, useShown } from './router/link';
import { Outlet } from './router/outlet';
import { Foreign } from './ui/parts';
import { useWallet } from './wallet/context';
import { OutboxRunner } from './wallet/outbox-runner';

function Mark() {
  const ticks = [0, 45, 90, 135, 180, 225, 270, 315];
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <g stroke="currentColor" strokeWidth="3.2" strokeLinecap="round">
        {ticks.map((angle, index) => (
          <line
            key={angle}
            x1="16"
            y1="3.5"
            x2="16"
            y2="8.5"
            opacity={index > 4 ? 0.35 : 1}
            transform={`rotate(${angle} 16 16)`}
          />
        ))}
      </g>
      <circle cx="16" cy="16" r="3.4" fill="var(--seal)" />
    </svg>
  );
}

function Search({ open }: { readonly open: boolean }) {
  const t = useText();
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const q = query.trim();
    if (q === '') return;
    setQuery('');
    navigate({ to: '/search', search: { q } });
  };
  return (
    <form className={open ? 'search open' : 'search'} role="search" onSubmit={submit}>
      <label>
        <span className="visually-hidden">{t.top.search}</span>
        <input
          className="input"
          type="search"
          value={query}
          maxLength={128}
          placeholder={t.top.searchHint}
          onChange={(event) => setQuery(event.target.value)}
        />
      </label>
    </form>
  );
}

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** Applies the theme chosen before, as early as possible. */
export function applyTheme(theme: string | null): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
  else delete document.documentElement.dataset['theme'];
}

function Preferences() {
  const t = useText();
  const { language, choose } = useLanguage();
  const [theme, setTheme] = useState<Theme>(
    () => THEMES.find((known) => known === readSetting('theme')) ?? 'auto',
  );
  return (
    <div className="row">
      <label>
        <span className="visually-hidden">{t.top.language}</span>
        <select value={language} onChange={(event) => choose(event.target.value as Language)}>
          {Object.entries(LANGUAGES).map(([key, { locale, name }]) => (
            <option key={key} value={key} lang={locale}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span className="visually-hidden">{t.top.theme}</span>
        <select
          value={theme}
          onChange={(event) => {
            const chosen = event.target.value as Theme;
            writeSetting('theme', chosen);
            applyTheme(chosen);
            setTheme(chosen);
          }}
        >
          {THEMES.map((known) => (
            <option key={known} value={known}>
              {t.top.themes[known]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function WalletChip() {
  const t = useText();
  const { active, unlocked } = useWallet();
  const isOpen = active !== null && unlocked === active.address;
  let state: string = t.top.locked;
  if (active === null) state = '';
  else if (active.kind === 'watch') state = t.top.watchOnly;
  else if (isOpen) state = t.top.unlocked;
  return (
    <NavLink to="/wallet" className="wallet-chip">
      {active === null ? (
        <span className="label">{t.top.noWallet}</span>
      ) : (
        <>
          <span className={isOpen ? 'dot on' : 'dot'} aria-hidden="true" />
          <span className="label" title={active.label}>
            <Foreign text={active.label} />
          </span>
          <span className="visually-hidden">{state}</span>
        </>
      )}
    </NavLink>
  );
}

/** What is wrong with the node at the moment, if anything. */
function Banner() {
  const t = useText();
  const lost = useLost();
  const { data: status } = useQuery({ ...statusQuery, refetchInterval: STATUS_MS });
  let text: string | null = null;
  if (lost) text = t.state.lost;
  else if (status?.sync.state === 'starting') text = t.state.starting;
  else if (status?.sync.state === 'behind' && status.sync.best_height > status.tip.height) {
    text = t.state.behind(count(status.tip.height, t.locale), count(status.sync.best_height, t.locale));
  } else if (status?.sync.state === 'stalled') {
    text = t.state.stalled(count(Math.round(status.sync.tip_age_ms / 1000), t.locale));
  } else if (status !== undefined && status.sync.history_lag > 20) {
    text = t.state.historyLag(count(status.sync.history_lag, t.locale));
  }
  return (
    <div role="status">
      {text === null ? null : (
        <div className={lost ? 'banner severe' : 'banner'}>
          <div className="banner-inner">{text}</div>
        </div>
      )}
    </div>
  );
}

function DevnetMark() {
  const t = useText();
  const { data: devnet } = useQuery({ ...statusQuery, select: (status) => status.chain.devnet });
  return devnet === true ? <span className="net">{t.top.devnet}</span> : null;
}

/** The connection to the node, and how high its chain is. */
function Connection() {
  const t = useText();
  const { connection } = useLive();
  const lost = useLost();
  const { data: status } = useQuery(statusQuery);
  const chain = {
    synced: t.state.live,
    stalled: t.state.stalledShort,
    behind: t.state.behindShort,
    starting: t.state.behindShort,
  };
  const state = status?.sync.state ?? 'synced';
  const text = { live: chain[state], lost: t.state.lostShort, connecting: t.state.connecting };
  // Green is a chain that goes on, not only a node that answers.
  const dot = lost ? 'dot off' : connection === 'live' && state === 'synced' ? 'dot on' : 'dot';
  return (
    <span className="row">
      <span className={dot} aria-hidden="true" />
      <span>{text[connection]}</span>
      {status === undefined ? null : (
        <span>
          <Foreign text={status.chain.name} /> · {count(status.tip.height, t.locale)}
        </span>
      )}
    </span>
  );
}

/** Blocks come twice a second: what shows them asks for itself, so that the page is not drawn anew with each. */
export function Shell(): ReactElement {
  const t = useText();
  // The constants of the chain are wanted on almost every page.
  useQuery(parametersQuery);
  const path = useShown().place.path;
  // The menu is open on the page it was opened on, and closed on any other.
  const [menuOn, setMenuOn] = useState<string | null>(null);
  const menuOpen = menuOn === path;
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    // After a change of page a screen reader begins at its title.
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          // The hash belongs to the router.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t.skip}
      </a>
      <header className="topbar">
        <div className="topbar-inner">
          <Link to="/" className="brand">
            <Mark />
            <span className="brand-name">{t.brand}</span>
            <DevnetMark />
          </Link>
          <nav className={menuOpen ? 'nav open' : 'nav'} aria-label={t.nav.label} id="nav">
            <NavLink to="/">{t.nav.overview}</NavLink>
            <NavLink to="/miners">{t.nav.miners}</NavLink>
            <NavLink to="/position">{t.nav.position}</NavLink>
            <NavLink to="/vote">{t.nav.vote}</NavLink>
            <NavLink to="/rounds">{t.nav.rounds}</NavLink>
            <NavLink to="/blocks">{t.nav.blocks}</NavLink>
            <NavLink to="/network">{t.nav.network}</NavLink>
          </nav>
          <Search open={menuOpen} />
          <div className="tools">
            <WalletChip />
            <button
              type="button"
              className="button small menu-button"
              aria-expanded={menuOpen}
              aria-controls="nav"
              onClick={() => setMenuOn(menuOpen ? null : path)}
            >
              {t.nav.menu}
            </button>
          </div>
        </div>
      </header>
      <Banner />
      <OutboxRunner />
      <AlertsRunner />
      <main className="page" id="main" data-shown={path} ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <footer className="footer">
        <div className="footer-inner">
          <Connection />
          <span className="row">
            <NavLink to="/help">{t.help.title}</NavLink>
            <Preferences />
          </span>
        </div>
      </footer>
    </>
  );
}
