/** Links and where one is, for the pages. */

import {
  type AnchorHTMLAttributes,
  createContext,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  useContext,
  useSyncExternalStore,
} from 'react';
import { hrefOf, type Search } from './place';
import type { Router, Shown, Target } from './router';
import { type ParamOf, type Path, ROUTES } from './paths';

export const RouterContext = createContext<Router | null>(null);

export function useRouter(): Router {
  const router = useContext(RouterContext);
  if (router === null) throw new Error('RouterContext is missing');
  return router;
}

export function useShown(): Shown {
  const router = useRouter();
  return useSyncExternalStore(router.subscribe, router.snapshot);
}

export function useNavigate(): (target: Target) => void {
  return useRouter().navigate;
}

type LinkProps<P extends Path> = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> & {
  readonly to: P;
  readonly search?: Search;
} & ([ParamOf<P>] extends [never]
    ? { readonly params?: undefined }
    : { readonly params: Readonly<Record<ParamOf<P>, string>> });

/** A link to a page of this page. */
export function Link<P extends Path>(props: LinkProps<P>): ReactElement {
  const { to, params = {}, search, children, ...rest } = props;
  const router = useRouter();
  const href = hrefOf(to, params, search);
  const want = () => router.preload(to);
  return (
    <a
      {...rest}
      href={`#${href}`}
      onPointerEnter={want}
      onFocus={want}
      onClick={(event) => {
        rest.onClick?.(event);
        if (isPlain(event)) {
          event.preventDefault();
          router.go(href);
        }
      }}
    >
      {children}
    </a>
  );
}

/** A click that means this window: no other button, no key held, not handled already. */
function isPlain(event: MouseEvent): boolean {
  const { button, metaKey, ctrlKey, shiftKey, altKey, defaultPrevented } = event;
  return button === 0 && !metaKey && !ctrlKey && !shiftKey && !altKey && !defaultPrevented;
}

/** Paths without variable parts. */
type Fixed = { [P in Path]: [ParamOf<P>] extends [never] ? P : never }[Path];

/** A link of the frame: it says whether it leads to where one is, or above it. */
export function NavLink({
  to,
  className,
  children,
}: {
  readonly to: Fixed;
  readonly className?: string;
  readonly children: ReactNode;
}): ReactElement {
  const { path, route } = useShown().place;
  const isHere = route !== null && ROUTES[route].under === to;
  return (
    <Link
      to={to}
      className={isHere ? `${className ?? ''} here`.trim() : className}
      aria-current={isHere ? (path === to ? 'page' : 'true') : undefined}
    >
      {children}
    </Link>
  );
}
