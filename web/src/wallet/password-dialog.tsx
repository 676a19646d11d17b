/** Asks for the password of a wallet, when something is to be signed or shown. */

import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import { useText } from '../i18n';
import { InsecureContext, WrongPassword } from '../lib/crypto/vault';
import { Field } from '../ui/form';

export function PasswordDialog({
  title,
  action,
  onPassword,
  onClose,
}: {
  readonly title: string;
  readonly action: string;
  /** Throws {@link WrongPassword} if it is the wrong one. */
  readonly onPassword: (password: string) => Promise<void>;
  readonly onClose: () => void;
}) {
  const t = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    if (password === '') {
      setError(t.act.errors.required);
      return;
    }
    setBusy(true);
    setError(null);
    onPassword(password).then(
      () => setPassword(''),
      (reason: unknown) => {
        setBusy(false);
        if (reason instanceof WrongPassword) setError(t.wallet.wrongPassword);
        else if (reason instanceof InsecureContext) setError(t.wallet.insecure);
        else setError(String(reason));
      },
    );
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-label={title}>
      <form className="form" onSubmit={submit} noValidate>
        <h2>{title}</h2>
        <Field label={t.wallet.password} error={error}>
          {(props) => (
            <input
              {...props}
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <div className="row">
          <button type="submit" className="button primary" disabled={busy}>
            {busy ? t.wallet.unlocking : action}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {t.common.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
