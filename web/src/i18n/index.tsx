/** The language of the page: typed texts, chosen by the reader, remembered in the browser. */

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { readSetting, writeSetting } from '../lib/settings';
import { en, type Text } from './en';
import { zh } from './zh';

export const LANGUAGES = { en, zh } as const satisfies Record<string, Text>;
export type Language = keyof typeof LANGUAGES;

interface Chosen {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

const LanguageContext = createContext<Chosen>({ language: 'en', choose: () => undefined });

function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(LANGUAGES, text);
}

function initial(): Language {
  const stored = readSetting('language');
  if (isLanguage(stored)) return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(initial);
  useEffect(() => {
    document.documentElement.lang = LANGUAGES[language].locale;
  }, [language]);
  const value = useMemo(
    () => ({
      language,
      choose: (next: Language) => {
        writeSetting('language', next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

/** All texts in the reader's language. */
export function useText(): Text {
  return LANGUAGES[useContext(LanguageContext).language];
}

/** The language and how to change it. */
export function useLanguage(): Chosen {
  return useContext(LanguageContext);
}
