import { type ReactNode, useId, useState } from 'react';
import { useNarrow } from './media';

/**
 * A sheet; on a narrow window only its title until it is opened, so that a phone shows a summary and the rest on demand. It is one
 * element on every window, so that what was opened, proved or typed inside outlives a phone that is turned.
 */
export function Fold({
  title,
  aside,
  flush = false,
  children,
}: {
  readonly title: string;
  /** Beside the title; on a narrow window the first thing inside. */
  readonly aside?: ReactNode;
  readonly flush?: boolean;
  readonly children: ReactNode;
}) {
  const id = useId();
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  // What was there on a wide window stays, though it may be folded.
  const [wide, setWide] = useState(!narrow);
  if (!narrow && !wide) setWide(true);
  return (
    <details
      className={narrow ? 'sheet fold' : 'sheet'}
      aria-labelledby={id}
      open={!narrow || open}
      onToggle={(event) => {
        if (narrow) setOpen(event.currentTarget.open);
      }}
    >
      <summary hidden={!narrow}>{narrow ? <h2 id={id}>{title}</h2> : null}</summary>
      {narrow ? null : (
        <div className="sheet-head">
          <h2 id={id}>{title}</h2>
          {aside}
        </div>
      )}
      {narrow && open && aside !== undefined ? <p className="toolbar small">{aside}</p> : null}
      {open || wide ? (
        <div key="body" className={flush ? 'sheet-body flush' : 'sheet-body'}>
          {children}
        </div>
      ) : null}
    </details>
  );
}
