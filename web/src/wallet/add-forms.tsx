/** The four ways into the wallet: a new phrase, an old phrase, the original network's secret, an address to watch. */

import { type SubmitEvent, type ReactNode, useId, useMemo, useState } from 'react';
import { useText } from '../i18n';
import type { Text } from '../i18n/en';
import { parseAddress } from '../lib/address';
import { newPhrase, parsePhrase, type PhraseProblem } from '../lib/crypto/phrase';
import { failureText } from '../lib/refusal';
import { Field, Tabs } from '../ui/form';
import { Foreign, Notice } from '../ui/parts';
import { ScanButton } from '../ui/scan';
import { useWallet, useWalletStore } from './context';
import { LABEL_MAX, PASSWORD_MIN } from './store';
import { addressProblemText } from './problems';

const WAYS = ['create', 'importPhrase', 'importV1', 'watch'] as const;
type Way = (typeof WAYS)[number];

export function AddWallet() {
  const t = useText();
  const [way, setWay] = useState<Way>('create');
  const [saved, setSaved] = useState<string | null>(null);
  const panel = useId();
  const done = (label: string) => setSaved(label);
  return (
    <div className="stack">
      <Tabs
        label={t.wallet.tabsLabel}
        tabs={WAYS.map((key) => ({ key, label: t.wallet[key] }))}
        chosen={way}
        panel={panel}
        onChoose={(key) => {
          setWay(key);
          setSaved(null);
        }}
      />
      <div id={panel} role="tabpanel" aria-label={t.wallet[way]}>
        {saved === null ? (
          <Chosen way={way} done={done} />
        ) : (
          <Notice kind="good">
            <Foreign text={`${saved}${t.marks.colon}${t.wallet.saved}`} />
          </Notice>
        )}
      </div>
    </div>
  );
}

interface WayProps {
  readonly done: (label: string) => void;
}

function Chosen({ way, done }: { readonly way: Way } & WayProps) {
  switch (way) {
    case 'create':
      return <CreateForm done={done} />;
    case 'importPhrase':
      return <PhraseForm done={done} />;
    case 'importV1':
      return <SecretForm done={done} />;
    case 'watch':
      return <WatchForm done={done} />;
  }
}

function phraseProblemText(problem: PhraseProblem, t: Text): string {
  switch (problem.kind) {
    case 'empty':
      return t.act.errors.required;
    case 'count':
      return t.wallet.errors.phraseCount(String(problem.found));
    case 'word':
      return t.wallet.errors.phraseWord(String(problem.position), problem.word);
    case 'checksum':
      return t.wallet.errors.phraseChecksum;
  }
}

/** Label, password twice, and the button: what all wallets that sign have in common. */
function SealForm({
  children,
  check,
  save,
  done,
}: {
  readonly children: ReactNode;
  /** Whether the part above is filled in well; shows its own errors. */
  readonly check: () => boolean;
  readonly save: (label: string, password: string) => Promise<void>;
} & WayProps) {
  const t = useText();
  const [label, setLabel] = useState(t.wallet.defaultLabel);
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const labelError = label.trim().length > LABEL_MAX || label.trim() === '' ? t.wallet.errors.label : null;
  const passwordError = Array.from(password).length < PASSWORD_MIN ? t.wallet.errors.passwordShort : null;
  const againError = password === again ? null : t.wallet.errors.passwordDiffers;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    setFailure(null);
    const good = check();
    if (!good || busy || labelError !== null || passwordError !== null || againError !== null) return;
    setBusy(true);
    save(label.trim(), password).then(
      () => {
        setPassword('');
        setAgain('');
        done(label.trim());
      },
      (error: unknown) => {
        setBusy(false);
        setFailure(failureText(error, t));
      },
    );
  };
  return (
    <form className="form" onSubmit={submit} noValidate autoComplete="off">
      {children}
      <Field label={t.wallet.label} hint={t.wallet.labelHint} error={tried ? labelError : null}>
        {(props) => <input {...props} value={label} onChange={(event) => setLabel(event.target.value)} />}
      </Field>
      <Field label={t.wallet.password} hint={t.wallet.passwordHint} error={tried ? passwordError : null}>
        {(props) => (
          <input
            {...props}
            type="password"
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <Field label={t.wallet.passwordAgain} error={tried ? againError : null}>
        {(props) => (
          <input
            {...props}
            type="password"
            autoComplete="new-password"
            value={again}
            onChange={(event) => setAgain(event.target.value)}
          />
        )}
      </Field>
      {failure === null ? null : <Notice kind="bad">{failure}</Notice>}
      <div>
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? t.wallet.saving : t.wallet.save}
        </button>
      </div>
    </form>
  );
}

/** Three positions to ask back, spread over the phrase. */
function positionsToAsk(): readonly number[] {
  const random = crypto.getRandomValues(new Uint8Array(3));
  return [...random].map((value, index) => index * 8 + (value % 8));
}

/** Nothing is made, and nothing secret stands on the screen, before it is asked for. */
function CreateForm(props: WayProps) {
  const t = useText();
  const [wanted, setWanted] = useState(false);
  const { locks } = useWallet();
  const [madeAt, setMadeAt] = useState(locks);
  // What was shown goes away when the wallet locks.
  if (wanted && madeAt === locks) return <NewPhrase {...props} />;
  return (
    <div className="stack">
      <p>{t.wallet.createHelp}</p>
      <div>
        <button
          type="button"
          className="button primary"
          onClick={() => {
            setMadeAt(locks);
            setWanted(true);
          }}
        >
          {t.wallet.createNow}
        </button>
      </div>
    </div>
  );
}

function NewPhrase({ done }: WayProps) {
  const t = useText();
  const store = useWalletStore();
  const [phrase] = useState(newPhrase);
  const [written, setWritten] = useState(false);
  const [asked] = useState(positionsToAsk);
  const [answers, setAnswers] = useState<readonly string[]>(['', '', '']);
  const [tried, setTried] = useState(false);
  const words = useMemo(() => phrase.split(' '), [phrase]);
  const fits = (index: number) => answers[index]?.trim().toLowerCase() === words[asked[index] ?? 0];
  if (!written) {
    return (
      <div className="stack">
        <Notice kind="warn">{t.wallet.phraseShown}</Notice>
        <ol className="phrase" aria-label={t.wallet.phrase} translate="no">
          {words.map((word, index) => (
            <li key={index}>{word}</li>
          ))}
        </ol>
        <div>
          <button type="button" className="button primary" onClick={() => setWritten(true)}>
            {t.wallet.phraseWritten}
          </button>
        </div>
      </div>
    );
  }
  return (
    <SealForm
      done={done}
      check={() => {
        setTried(true);
        return asked.every((_, index) => fits(index));
      }}
      save={(label, password) => store.addPhrase(label, phrase, password)}
    >
      <p>
        {t.wallet.phraseConfirmLead}
        {t.marks.gap}
        <button type="button" className="link-button" onClick={() => setWritten(false)}>
          {t.act.back}
        </button>
      </p>
      {asked.map((position, index) => (
        <Field
          key={position}
          label={t.wallet.phraseConfirm(String(position + 1))}
          error={tried && !fits(index) ? t.wallet.phraseWrong : null}
        >
          {(props) => (
            <input
              {...props}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={answers[index]}
              onChange={(event) =>
                setAnswers(answers.map((answer, other) => (other === index ? event.target.value : answer)))
              }
            />
          )}
        </Field>
      ))}
    </SealForm>
  );
}

function PhraseForm({ done }: WayProps) {
  const t = useText();
  const store = useWalletStore();
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const parsed = useMemo(() => parsePhrase(text), [text]);
  return (
    <SealForm
      done={done}
      check={() => {
        setTried(true);
        return parsed.ok;
      }}
      save={async (label, password) => {
        if (parsed.ok) await store.addPhrase(label, parsed.phrase, password);
      }}
    >
      <Field
        label={t.wallet.phrase}
        hint={t.wallet.phraseHint}
        error={tried && !parsed.ok ? phraseProblemText(parsed.problem, t) : null}
      >
        {(props) => (
          <textarea
            {...props}
            rows={4}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            translate="no"
            value={text}
            maxLength={1000}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
    </SealForm>
  );
}

function SecretForm({ done }: WayProps) {
  const t = useText();
  const store = useWalletStore();
  const [secret, setSecret] = useState('');
  const [tried, setTried] = useState(false);
  return (
    <SealForm
      done={done}
      check={() => {
        setTried(true);
        return secret !== '';
      }}
      save={(label, password) => store.addV1Secret(label, secret, password)}
    >
      <Field
        label={t.wallet.secret}
        hint={t.wallet.secretHint}
        error={tried && secret === '' ? t.wallet.errors.secretEmpty : null}
      >
        {(props) => (
          <input
            {...props}
            type="password"
            autoComplete="off"
            value={secret}
            onChange={(event) => setSecret(event.target.value)}
          />
        )}
      </Field>
    </SealForm>
  );
}

function WatchForm({ done }: WayProps) {
  const t = useText();
  const store = useWalletStore();
  const [label, setLabel] = useState('');
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [labelError, setLabelError] = useState<string | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const parsed = parseAddress(text);
    const name = label.trim() === '' ? text.trim().slice(0, 8) : label.trim();
    setLabelError(name.length > LABEL_MAX ? t.wallet.errors.label : null);
    if (!parsed.ok) setError(addressProblemText(parsed, t));
    if (!parsed.ok || name.length > LABEL_MAX) return;
    try {
      store.watch(name, parsed.address);
      done(name);
    } catch (reason) {
      setError(failureText(reason, t));
    }
  };
  return (
    <form className="form" onSubmit={submit} noValidate autoComplete="off">
      <Field label={t.wallet.address} error={error}>
        {(props) => (
          <span className="input-row">
            <input
              {...props}
              spellCheck={false}
              value={text}
              maxLength={64}
              onChange={(event) => {
                setText(event.target.value);
                setError(null);
              }}
            />
            <ScanButton
              onAddress={(address) => {
                setText(address);
                setError(null);
              }}
            />
          </span>
        )}
      </Field>
      <Field label={t.wallet.label} hint={t.wallet.labelHint} error={labelError}>
        {(props) => <input {...props} value={label} onChange={(event) => setLabel(event.target.value)} />}
      </Field>
      <div>
        <button type="submit" className="button primary">
          {t.wallet.save}
        </button>
      </div>
    </form>
  );
}
