/** Fields that say what is wrong right where it is wrong. */

import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react';

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | null | undefined;
  readonly children: (props: {
    readonly id: string;
    readonly 'aria-invalid': boolean;
    readonly 'aria-describedby': string | undefined;
    readonly className: string;
  }) => ReactNode;
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const wrong = error != null;
  const described = [hint === undefined ? null : `${id}-hint`, wrong ? `${id}-error` : null].filter(
    (part) => part !== null,
  );
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        'aria-invalid': wrong,
        'aria-describedby': described.length === 0 ? undefined : described.join(' '),
        className: 'input',
      })}
      {hint === undefined ? null : (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      <span className="error" id={`${id}-error`} role="alert">
        {error}
      </span>
    </div>
  );
}

export interface Tab<Key extends string> {
  readonly key: Key;
  readonly label: string;
}

/** How much of the tab beside the chosen one is in sight, in pixels. */
const PEEK = 24;

/** Tabs by the book: arrow keys move, only the chosen one is in the tab order. */
export function Tabs<Key extends string>({
  label,
  tabs,
  chosen,
  onChoose,
  panel,
}: {
  readonly label: string;
  readonly tabs: readonly Tab<Key>[];
  readonly chosen: Key;
  readonly onChoose: (key: Key) => void;
  /** Id of the panel the tabs switch. */
  readonly panel: string;
}) {
  const list = useRef<HTMLDivElement>(null);
  // On a narrow window there are more tabs than fit: the chosen one is in sight from the start.
  useLayoutEffect(() => {
    const reveal = () => {
      const strip = list.current;
      const tab = strip?.querySelector(`[data-key="${chosen}"]`);
      if (strip == null || tab == null) return;
      const outer = strip.getBoundingClientRect();
      const inner = tab.getBoundingClientRect();
      // So much of its neighbour is seen that there is one.
      const right = Math.max(0, inner.right + PEEK - outer.right);
      strip.scrollLeft += right - Math.max(0, outer.left + PEEK - inner.left);
    };
    reveal();
    // A phone that is turned has another width.
    globalThis.addEventListener('resize', reveal);
    return () => globalThis.removeEventListener('resize', reveal);
  }, [chosen, tabs.length]);
  const onKeyDown = (event: KeyboardEvent) => {
    const index = tabs.findIndex((tab) => tab.key === chosen);
    const moves: Partial<Record<string, number>> = {
      ArrowRight: index + 1,
      ArrowLeft: index - 1,
      Home: 0,
      End: tabs.length - 1,
    };
    const target = moves[event.key];
    if (target === undefined) return;
    const next = tabs[(target + tabs.length) % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next.key);
    list.current?.querySelector<HTMLElement>(`[data-key="${next.key}"]`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={label} ref={list}>
      {tabs.map((tab) => (
        <button
          key={tab.key}
          type="button"
          role="tab"
          data-key={tab.key}
          aria-selected={tab.key === chosen}
          aria-controls={panel}
          tabIndex={tab.key === chosen ? 0 : -1}
          onClick={() => onChoose(tab.key)}
          onKeyDown={onKeyDown}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}

/** A button that asks for a file of JSON. */
export function FileButton({
  text,
  onFile,
}: {
  readonly text: string;
  readonly onFile: (chosen: File) => void;
}) {
  return (
    <label className="button">
      {text}
      <input
        type="file"
        accept=".json,application/json"
        className="visually-hidden"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          if (chosen !== undefined) onFile(chosen);
        }}
      />
    </label>
  );
}
