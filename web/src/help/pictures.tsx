/** Five drawings of how voting works: lock, vote, wait, draw, bonus. Lines take the colours of the theme. */

import type { ReactElement } from 'react';

export const PICTURES = ['lock', 'vote', 'gain', 'draw', 'bonus'] as const;
export type Picture = (typeof PICTURES)[number];

const DRAWINGS: Readonly<Record<Picture, ReactElement>> = {
  lock: (
    <>
      <path d="M46 34v-8a14 14 0 0 1 28 0v8" />
      <rect x="36" y="34" width="48" height="36" rx="5" className="filled" />
      <circle cx="60" cy="50" r="8" className="seal" />
      <path d="M60 46v8" className="on-seal" />
    </>
  ),
  vote: (
    <>
      <circle cx="26" cy="42" r="10" className="seal" />
      <path d="M40 42h32m-9-8 9 8-9 8" />
      <circle cx="92" cy="20" r="8" className="pale" />
      <circle cx="92" cy="42" r="10" className="filled" />
      <circle cx="92" cy="64" r="8" className="pale" />
    </>
  ),
  gain: (
    <>
      <path d="M18 70h84M18 70V12" className="pale" />
      <path d="M18 64h10v-8h10v-8h10v-8h10v22h10v-8h10v-8h10v-8h10v-8" />
      <circle cx="58" cy="40" r="4" className="seal" />
    </>
  ),
  draw: (
    <>
      <path d="M34 12h52l-8 60H42z" className="pale" />
      <circle cx="52" cy="58" r="6" className="filled" />
      <circle cx="66" cy="60" r="6" className="filled" />
      <circle cx="60" cy="46" r="6" className="filled" />
      <circle cx="60" cy="20" r="7" className="seal" />
      <path d="M60 40V29m-4 4 4-4 4 4" />
    </>
  ),
  bonus: (
    <>
      <circle cx="60" cy="20" r="10" className="filled" />
      <path d="M60 30v14M60 36 34 48M60 36l26 12" />
      <circle cx="30" cy="58" r="8" className="seal" />
      <circle cx="60" cy="58" r="8" className="seal" />
      <circle cx="90" cy="58" r="8" className="seal" />
    </>
  ),
};

export function Drawing({ of }: { readonly of: Picture }) {
  return (
    <svg className="picture" viewBox="0 0 120 84" aria-hidden="true" focusable="false">
      {DRAWINGS[of]}
    </svg>
  );
}
