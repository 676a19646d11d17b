/** What the page remembers in the browser. A browser that stores nothing costs comfort, never function. */

const PREFIX = 'etm.';

export type Setting =
  | 'language'
  | 'theme'
  | 'favourites'
  | 'shown'
  | 'idle'
  | 'active'
  | 'gain'
  | 'introduced'
  | 'notify'
  | 'looked';

export function readSetting(name: Setting): string | null {
  try {
    return globalThis.localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function writeSetting(name: Setting, value: string): void {
  try {
    globalThis.localStorage.setItem(PREFIX + name, value);
  } catch {
    // Private windows may refuse; the setting then lasts as long as the page.
  }
}
