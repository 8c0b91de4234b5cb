import i18next from 'i18next';

/** addTexts lets texts join that belong to a part which is loaded late. */
export function addTexts(catalogue: Record<string, readonly [string, string]>) {
  for (const [at, locale] of ['en', 'zh-CN'].entries()) i18next.addResources(locale, 'translation', Object.fromEntries(Object.entries(catalogue).map(([key, pair]) => [key, pair[at as 0 | 1]])));
}
