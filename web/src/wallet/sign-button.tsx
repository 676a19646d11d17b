import { useState } from 'react';
import { useText } from '../i18n';
import { useWallet, useWalletStore } from './context';
import { PasswordDialog } from './password-dialog';
import type { Signer } from './store';

/** A button that does something with an unlocked wallet, and asks for its password first if it is locked. */
export function SignButton({
  signer,
  label,
  disabled = false,
  small = false,
  onUnlocked,
}: {
  readonly signer: Signer;
  readonly label: string;
  readonly disabled?: boolean;
  readonly small?: boolean;
  readonly onUnlocked: () => Promise<void>;
}) {
  const t = useText();
  const store = useWalletStore();
  const { unlocked } = useWallet();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        className={small ? 'button small primary' : 'button primary'}
        disabled={disabled}
        onClick={() => {
          if (unlocked === signer.address) void onUnlocked();
          else setAsking(true);
        }}
      >
        {label}
      </button>
      {asking ? (
        <PasswordDialog
          title={t.wallet.unlockTitle(signer.label)}
          action={label}
          onPassword={async (password) => {
            await store.unlock(signer, password);
            setAsking(false);
            await onUnlocked();
          }}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  );
}
