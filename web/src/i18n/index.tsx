/** The language of the page: typed texts, chosen by the reader, remembered in the browser, fetched when chosen. */

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { readSetting, writeSetting } from '../lib/settings';
import type { Text } from './en';

const LOADERS = {
  en: () => import('./en').then((module): Text => module.en),
  zh: () => import('./zh').then((module): Text => module.zh),
};
export type Language = keyof typeof LOADERS;

/** How each language calls itself. */
export const LANGUAGES: Readonly<Record<Language, { readonly locale: string; readonly name: string }>> = {
  en: { locale: 'en', name: 'English' },
  zh: { locale: 'zh-CN', name: '简体中文' },
};

interface Chosen {
  readonly language: Language;
  readonly text: Text;
  readonly choose: (language: Language) => void;
}

const LanguageContext = createContext<Chosen | null>(null);

function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(LOADERS, text);
}

export function initialLanguage(): Language {
  const stored = readSetting('language');
  if (isLanguage(stored)) return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export interface Loaded {
  readonly language: Language;
  readonly text: Text;
}

export async function loadLanguage(language: Language): Promise<Loaded> {
  return { language, text: await LOADERS[language]() };
}

export function LanguageProvider({
  first,
  children,
}: {
  readonly first: Loaded;
  readonly children: ReactNode;
}) {
  const [loaded, setLoaded] = useState(first);
  const { language, text } = loaded;
  useEffect(() => {
    document.documentElement.lang = text.locale;
  }, [text]);
  const value = useMemo(
    () => ({
      language,
      text,
      choose: (next: Language) => {
        writeSetting('language', next);
        loadLanguage(next).then(setLoaded, (error: unknown) => console.error(error));
      },
    }),
    [language, text],
  );
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

/** The language and how to change it. */
export function useLanguage(): Chosen {
  const chosen = useContext(LanguageContext);
  if (chosen === null) throw new Error('LanguageProvider is missing');
  return chosen;
}

/** All texts in the reader's language. */
export function useText(): Text {
  return useLanguage().text;
}
