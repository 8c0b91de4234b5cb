// Metadata of the caller, kept by the query client and asked for again when the page is looked at anew: the
// server answers 304 unless something changed.
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { call } from '@/shared/api/http';
import type { Entry, Field, Index, ObjectMeta, Text } from './types';
import { useTranslation } from 'react-i18next';

export const indexQuery = () => queryOptions({ queryKey: ['meta'], queryFn: ({ signal }) => call<Index>('/api/meta', { signal }), staleTime: 60_000 });

export const objectQuery = (name: string) =>
  queryOptions({ queryKey: ['meta', name], queryFn: ({ signal }) => call<ObjectMeta>(`/api/meta/${encodeURIComponent(name)}`, { signal }), staleTime: 60_000 });

export const useIndex = () => useSuspenseQuery(indexQuery()).data;
export const useObject = (name: string) => useSuspenseQuery(objectQuery(name)).data;

/** useObjectIf is for objects that the caller may perhaps not see. */
export const useObjectIf = (name: string | undefined) => useQuery({ ...objectQuery(name ?? ''), enabled: !!name }).data;

export const fieldOf = (meta: ObjectMeta, api: string): Field | undefined => meta.fields.find((f) => f.api === api);

/** entryOf finds an object by its metadata name, entryOfId by the id of one of its records. */
export const entryOf = (index: Index, name: string): Entry | undefined => index.objects.find((o) => o.name === name);
export const entryOfId = (index: Index, id: string): Entry | undefined => {
  const prefix = id.slice(0, id.lastIndexOf('_'));
  return index.objects.find((o) => o.prefix === prefix);
};

/** textIn picks a text in a language, else in any. */
export function textIn(text: Text | undefined, locale: string): string {
  return text?.[locale as 'en'] || text?.en || text?.['zh-CN'] || '';
}

/** useText gives what picks texts in the language of the page. */
export function useText(): (text: Text | undefined) => string {
  const { i18n } = useTranslation();
  return (text) => textIn(text, i18n.language);
}
