import { useEffect, useRef, useState } from 'react';
import { useText } from '../i18n';
import { useWallet, useWalletStore } from './context';
import { PasswordDialog } from './password-dialog';
import type { Signer } from './store';

/**
 * A button that does something with an unlocked wallet, and asks for its password first if it is locked. What is done is what was there when it
 * was pressed: a node can say something else while a password is typed.
 */
export function SignButton({
  signer,
  label,
  disabled = false,
  small = false,
  reviewed,
  onUnlocked,
  onChanged,
}: {
  readonly signer: Signer;
  readonly label: string;
  readonly disabled?: boolean;
  readonly small?: boolean;
  /** All that the reader has seen and agrees to, as text. */
  readonly reviewed: string;
  readonly onUnlocked: () => Promise<void>;
  /** It is something else by now, or must not be signed any more. */
  readonly onChanged: () => void;
}) {
  const t = useText();
  const store = useWalletStore();
  const { unlocked } = useWallet();
  const [asking, setAsking] = useState<{ readonly seen: string; readonly go: () => Promise<void> } | null>(
    null,
  );
  const now = useRef({ reviewed, disabled });
  useEffect(() => {
    now.current = { reviewed, disabled };
  });
  return (
    <>
      <button
        type="button"
        className={small ? 'button small primary' : 'button primary'}
        disabled={disabled}
        onClick={() => {
          if (unlocked === signer.address) void onUnlocked();
          else setAsking({ seen: reviewed, go: onUnlocked });
        }}
      >
        {label}
      </button>
      {asking === null ? null : (
        <PasswordDialog
          title={t.wallet.unlockTitle(signer.label)}
          action={label}
          onPassword={async (password) => {
            await store.unlock(signer, password);
            setAsking(null);
            if (now.current.disabled || now.current.reviewed !== asking.seen) onChanged();
            else await asking.go();
          }}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
