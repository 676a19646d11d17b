import { useEffect, useState, type ReactElement } from 'react';
import { Link } from '../router/link';
import { useText } from '../i18n';
import { AddWallet } from '../wallet/add-forms';
import { useWallet, useWalletStore } from '../wallet/context';
import { PasswordDialog } from '../wallet/password-dialog';
import { type Entry, IDLE_MINUTES, type Signer } from '../wallet/store';
import { QrCode } from '../ui/qr';
import { AddressBook, Backup } from '../wallet/keeping';
import { Together } from '../wallet/together';
import { Copyable, Foreign, Notice, PageHead, Sheet } from '../ui/parts';

export function WalletPage(): ReactElement {
  const t = useText();
  const wallet = useWallet();
  const store = useWalletStore();
  return (
    <>
      <PageHead title={t.wallet.title} lead={t.wallet.lead} />
      {globalThis.isSecureContext ? null : <Notice kind="warn">{t.wallet.insecure}</Notice>}
      {wallet.entries.length === 0 ? null : (
        <Sheet
          title={t.wallet.title}
          aside={
            <label className="row small">
              {t.wallet.idle}
              <select
                value={wallet.idleMinutes}
                onChange={(event) => store.setIdleMinutes(Number(event.target.value))}
              >
                {IDLE_MINUTES.map((minutes) => (
                  <option key={minutes} value={minutes}>
                    {t.wallet.minutes(String(minutes))}
                  </option>
                ))}
              </select>
            </label>
          }
          flush
        >
          <ul className="timeline entries">
            {wallet.entries.map((entry) => (
              <EntryRow key={entry.address} entry={entry} />
            ))}
          </ul>
        </Sheet>
      )}
      {wallet.entries.length < 2 ? null : <Together entries={wallet.entries} />}
      <Sheet title={t.wallet.add}>
        <AddWallet />
      </Sheet>
      <div className="grid-2">
        <AddressBook />
        <Backup />
      </div>
    </>
  );
}

type Asking = 'unlock' | 'reveal' | null;

const SHOWN_MS = 60_000;

/** A revealed secret: gone when the wallet locks, when the page is left or hidden, and after a minute in any case. */
function useSecret(): [string | null, (secret: string | null) => void] {
  const { locks } = useWallet();
  const [shown, setShown] = useState<{ readonly text: string; readonly locks: number } | null>(null);
  useEffect(() => {
    if (shown === null) return undefined;
    const hide = () => setShown(null);
    const onHidden = () => {
      if (document.hidden) hide();
    };
    const timer = setTimeout(hide, SHOWN_MS);
    document.addEventListener('visibilitychange', onHidden);
    globalThis.addEventListener('pagehide', hide);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onHidden);
      globalThis.removeEventListener('pagehide', hide);
    };
  }, [shown]);
  const reveal = (secret: string | null) => setShown(secret === null ? null : { text: secret, locks });
  return [shown?.locks === locks ? shown.text : null, reveal];
}

function EntryRow({ entry }: { readonly entry: Entry }) {
  const t = useText();
  const { active, unlocked } = useWallet();
  const store = useWalletStore();
  const [asking, setAsking] = useState<Asking>(null);
  const [removing, setRemoving] = useState(false);
  const [secret, setSecret] = useSecret();
  const [code, setCode] = useState(false);
  const isOpen = unlocked === entry.address;
  const isActive = active?.address === entry.address;
  const onPassword = async (signer: Signer, password: string) => {
    if (asking === 'reveal') setSecret(await store.reveal(signer, password));
    else {
      store.use(signer.address);
      await store.unlock(signer, password);
    }
    setAsking(null);
  };
  return (
    <li>
      <span className="row">
        <span className="tag">{t.wallet.kinds[entry.kind]}</span>
      </span>
      <span className="stack">
        <span className="row">
          <strong>
            <Foreign text={entry.label} />
          </strong>
          {isActive ? <span className="tag accent">{t.wallet.active}</span> : null}
          {entry.kind === 'watch' ? null : (
            <span className={isOpen ? 'tag good' : 'tag'}>{isOpen ? t.top.unlocked : t.top.locked}</span>
          )}
        </span>
        <Copyable text={entry.address} />
        {code ? <QrCode text={entry.address} /> : null}
        {secret === null ? null : (
          <span className="stack">
            <span className="notice warn break mono" translate="no">
              {secret}
            </span>
            <button type="button" className="link-button" onClick={() => setSecret(null)}>
              {t.wallet.hide}
            </button>
          </span>
        )}
        {removing ? (
          <Notice kind="bad">
            <p>{t.wallet.removeConfirm}</p>
            <p className="row">
              <button
                type="button"
                className="button small danger"
                onClick={() => store.remove(entry.address)}
              >
                {t.wallet.removeYes}
              </button>
              <button type="button" className="button small" onClick={() => setRemoving(false)}>
                {t.common.cancel}
              </button>
            </p>
          </Notice>
        ) : null}
      </span>
      <span className="row">
        {isActive ? (
          <Link to="/position" className="button small">
            {t.nav.position}
          </Link>
        ) : (
          <button type="button" className="button small" onClick={() => store.use(entry.address)}>
            {t.wallet.use}
          </button>
        )}
        {entry.kind === 'watch' ? null : (
          <>
            {isOpen ? (
              <button type="button" className="button small" onClick={store.lockEverywhere}>
                {t.wallet.lockNow}
              </button>
            ) : (
              <button type="button" className="button small" onClick={() => setAsking('unlock')}>
                {t.wallet.unlock}
              </button>
            )}
            <button type="button" className="button small" onClick={() => setAsking('reveal')}>
              {t.wallet.reveal}
            </button>
          </>
        )}
        <button type="button" className="button small" aria-expanded={code} onClick={() => setCode(!code)}>
          {t.wallet.qr}
        </button>
        <button type="button" className="button small" onClick={() => setRemoving(true)}>
          {t.wallet.remove}
        </button>
      </span>
      {asking === null || entry.kind === 'watch' ? null : (
        <PasswordDialog
          title={t.wallet.unlockTitle(entry.label)}
          action={asking === 'reveal' ? t.wallet.reveal : t.wallet.unlock}
          onPassword={(password) => onPassword(entry, password)}
          onClose={() => setAsking(null)}
        />
      )}
    </li>
  );
}
