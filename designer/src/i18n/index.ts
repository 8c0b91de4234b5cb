// Texts of the interface. Every text stands once in the catalogue, in both languages; what records and metadata
// say comes from the server.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { catalogue } from './catalogue';

export const locales = ['zh-CN', 'en'] as const;
export type Locale = (typeof locales)[number];

const saved = 'tenon.locale';

/** firstLocale is the one chosen before, else the browser's first that there is. */
export function firstLocale(): Locale {
  const was = localStorage.getItem(saved);
  if (was === 'en' || was === 'zh-CN') return was;
  for (const l of navigator.languages) {
    if (l.startsWith('zh')) return 'zh-CN';
    if (l.startsWith('en')) return 'en';
  }
  return 'en';
}

export function setLocale(l: Locale) {
  localStorage.setItem(saved, l);
  void i18next.changeLanguage(l);
}

// What is chosen in one tab holds in all.
addEventListener('storage', (e) => {
  if (e.key === saved && i18next.isInitialized) void i18next.changeLanguage(firstLocale());
});

const texts = (at: 0 | 1) => Object.fromEntries(Object.entries(catalogue).map(([key, pair]) => [key, pair[at]]));

export function startI18n(locale: Locale = firstLocale()) {
  i18next.on('languageChanged', (l) => {
    document.documentElement.lang = l;
  });
  return i18next.use(initReactI18next).init({
    lng: locale,
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    resources: { en: { translation: texts(0) }, 'zh-CN': { translation: texts(1) } },
  });
}
