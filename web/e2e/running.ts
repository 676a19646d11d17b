import type { Page } from '@playwright/test';
import type { Devnet } from './devnet';

/** What the tests of one run share: a devnet, a page on it, and the address of the page's wallet. */
export interface Running {
  readonly devnet: Devnet;
  readonly page: () => Page;
  readonly address: () => string;
}

export const WIDTHS = [320, 390, 1280, 1920] as const;

/** The height of a window of this width. */
export function heightOf(width: number): number {
  return width < 500 ? 844 : 900;
}
