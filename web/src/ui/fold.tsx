import { type ReactNode, useState } from 'react';
import { useNarrow } from './media';
import { Sheet } from './parts';

/** A sheet; on a narrow window only its title until it is opened, so that a phone shows a summary and the rest on demand. */
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
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  if (!narrow) {
    return (
      <Sheet title={title} aside={aside} flush={flush}>
        {children}
      </Sheet>
    );
  }
  return (
    <details className="sheet fold" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {open && aside !== undefined ? <p className="toolbar small">{aside}</p> : null}
      {open ? <div className={flush ? 'sheet-body flush' : 'sheet-body'}>{children}</div> : null}
    </details>
  );
}
