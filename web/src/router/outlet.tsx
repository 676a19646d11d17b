/** The page that the address bar means. */

import { Component, type ReactElement, type ReactNode, useLayoutEffect } from 'react';
import { useText } from '../i18n';
import { Failure, PageHead } from '../ui/parts';
import { Link, useRouter, useShown } from './link';

export function Outlet(): ReactElement | null {
  const { place, Page, failure, scrollTo, turn } = useShown();
  const router = useRouter();
  useLayoutEffect(() => (scrollTo === null ? undefined : keepScrolling(scrollTo)), [scrollTo, turn]);
  if (failure !== undefined) return <Failure error={failure} onRetry={() => void router.load()} />;
  if (place.route === null) return <NotFound />;
  if (Page === null) return null;
  return (
    <Guard key={place.path}>
      <Page />
    </Guard>
  );
}

/** How long a page that still grows is scrolled on to where it was left. */
const GROWS_MS = 2000;

/** Scrolls to a place of the page, again while the page grows, until it is reached or the reader scrolls. */
function keepScrolling(top: number): () => void {
  globalThis.scrollTo(0, top);
  if (Math.abs(globalThis.scrollY - top) < 1 || typeof ResizeObserver === 'undefined') return () => undefined;
  const growth = new ResizeObserver(() => {
    globalThis.scrollTo(0, top);
    if (Math.abs(globalThis.scrollY - top) < 1) stop();
  });
  const signs = ['wheel', 'touchstart', 'keydown', 'pointerdown'] as const;
  const late = setTimeout(() => stop(), GROWS_MS);
  function stop(): void {
    clearTimeout(late);
    growth.disconnect();
    for (const sign of signs) globalThis.removeEventListener(sign, stop);
  }
  for (const sign of signs) globalThis.addEventListener(sign, stop, { passive: true });
  growth.observe(document.body);
  return stop;
}

function NotFound(): ReactElement {
  const t = useText();
  return (
    <>
      <PageHead title={t.common.unknownPage} />
      <p>
        <Link to="/">{t.common.home}</Link>
      </p>
    </>
  );
}

/** Shows what broke a page in its place; the frame around it goes on. */
class Guard extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override readonly state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Failure error={error} onRetry={() => this.setState({ error: undefined })} />;
  }
}
