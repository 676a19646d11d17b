/** A short explanation behind a question mark: opened by click, touch or keyboard, closed by Escape or a click elsewhere. */

import { type ReactNode, useId, useRef } from 'react';
import { useText } from '../i18n';

const MARGIN = 8;

export function Help({ about, children }: { readonly about: string; readonly children: ReactNode }) {
  const t = useText();
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  // The box lies above everything: it is put under its button, inside the window, when it opens.
  const place = () => {
    if (button.current === null || box.current === null) return;
    const anchor = button.current.getBoundingClientRect();
    const width = Math.min(320, globalThis.innerWidth - 2 * MARGIN);
    const left = Math.min(anchor.left, globalThis.innerWidth - width - MARGIN);
    const { style } = box.current;
    style.width = `${width}px`;
    style.left = `${Math.max(MARGIN, left)}px`;
    style.top = `${anchor.bottom + 4}px`;
  };
  return (
    <>
      {/* Parts the words for who listens; what is seen has its own room. */}
      <span className="visually-hidden"> </span>
      <span className="help">
        <button
          type="button"
          ref={button}
          className="help-button"
          aria-label={t.common.whatIs(about)}
          popoverTarget={id}
          onClick={place}
        >
          ?
        </button>
        <div ref={box} id={id} popover="auto" className="help-box" role="note">
          {children}
        </div>
      </span>
    </>
  );
}
