// The designer's texts join the others' when its first part is loaded.
import i18next from 'i18next';
import { catalogue } from './catalogue';

for (const [at, locale] of ['en', 'zh-CN'].entries()) i18next.addResources(locale, 'translation', Object.fromEntries(Object.entries(catalogue).map(([key, pair]) => [key, pair[at as 0 | 1]])));

/** pairOf is a text in both languages, as metadata writes it. */
export const pairOf = (key: keyof typeof catalogue) => ({ en: catalogue[key][0], 'zh-CN': catalogue[key][1] });
