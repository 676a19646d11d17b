/** What is kept beside the wallets: addresses with names, and a copy of the wallets as a file. */

import { Link } from '../router/link';
import { type SubmitEvent, useState } from 'react';
import { useText } from '../i18n';
import { parseAddress } from '../lib/address';
import { saveFile } from '../lib/format';
import { Field, FileButton } from '../ui/form';
import { Copyable, Foreign, Notice, Sheet } from '../ui/parts';
import { backupText, readBackup } from './backup';
import { forgetAddress, keepAddress, NAME_MAX, readBook } from './book';
import { useWallet, useWalletStore } from './context';
import { addressProblemText } from './problems';

export function AddressBook() {
  const t = useText();
  const [book, setBook] = useState(readBook);
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<{ name?: string; address?: string }>({});
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const parsed = parseAddress(text);
    const named = name.trim();
    const wrong = {
      ...(named === '' || named.length > NAME_MAX ? { name: t.wallet.errors.label } : {}),
      ...(parsed.ok ? {} : { address: addressProblemText(parsed, t) }),
    };
    setProblem(wrong);
    if (!parsed.ok || wrong.name !== undefined) return;
    if (!keepAddress({ name: named, address: parsed.address })) {
      setProblem({ address: t.wallet.errors.storage });
      return;
    }
    setBook(readBook());
    setName('');
    setText('');
  };
  return (
    <Sheet title={t.wallet.book}>
      <div className="stack">
        {book.length === 0 ? <p className="muted">{t.wallet.bookEmpty}</p> : null}
        <ul className="book">
          {book.map((known) => (
            <li key={known.address}>
              <strong>
                <Foreign text={known.name} />
              </strong>
              <Copyable text={known.address} short />
              <Link to="/vote" search={{ do: 'transfer', to: known.address }} className="button small">
                {t.act.tabs.transfer}
              </Link>
              <button
                type="button"
                className="button small"
                onClick={() => {
                  forgetAddress(known.address);
                  setBook(readBook());
                }}
              >
                {t.wallet.remove}
              </button>
            </li>
          ))}
        </ul>
        <form className="form" onSubmit={submit} noValidate autoComplete="off">
          <Field label={t.wallet.bookName} error={problem.name}>
            {(props) => <input {...props} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Field label={t.wallet.bookAddress} error={problem.address}>
            {(props) => (
              <input
                {...props}
                spellCheck={false}
                maxLength={64}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          <div>
            <button type="submit" className="button">
              {t.wallet.bookKeep}
            </button>
          </div>
        </form>
      </div>
    </Sheet>
  );
}

export function Backup() {
  const t = useText();
  const store = useWalletStore();
  const { entries } = useWallet();
  const [said, setSaid] = useState<{ readonly good: boolean; readonly text: string } | null>(null);
  const load = (file: File) => {
    void file.text().then((text) => {
      const found = readBackup(text);
      if (found === null) {
        setSaid({ good: false, text: t.wallet.backupBad });
        return;
      }
      try {
        setSaid({ good: true, text: t.wallet.backupRestored(String(store.restore(found))) });
      } catch {
        setSaid({ good: false, text: t.wallet.errors.storage });
      }
    });
  };
  return (
    <Sheet title={t.wallet.backup}>
      <div className="stack">
        <p>{t.wallet.backupHelp}</p>
        <div className="row">
          <button
            type="button"
            className="button"
            disabled={entries.length === 0}
            onClick={() => saveFile('etm-wallets.json', 'application/json', backupText(entries))}
          >
            {t.wallet.backupSave}
          </button>
          <FileButton text={t.wallet.backupLoad} onFile={load} />
        </div>
        {said === null ? null : <Notice kind={said.good ? 'good' : 'bad'}>{said.text}</Notice>}
        <p>
          <Link to="/offline">{t.offline.title}</Link>
        </p>
      </div>
    </Sheet>
  );
}
