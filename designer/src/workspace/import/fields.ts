// The fields that columns can fill: those of the object, and the keys of the records that its lookups lead to.
import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { objectQuery, textIn, useObjectIf } from '@/shared/meta/load';
import type { Field, ObjectMeta } from '@/shared/meta/types';

export interface FieldOption {
  value: string;
  label: string;
}

const single = (f: Field) => f.writable && f.record !== undefined && !f.many && f.targets?.length === 1;

/** fieldOptions lists them by their labels. */
export function fieldOptions(meta: ObjectMeta | undefined, targets: Record<string, ObjectMeta>, locale: string, byKey: (field: string, key: string) => string, id: string): FieldOption[] {
  if (!meta) return [];
  const options = meta.fields.filter((f) => f.writable).flatMap((f) => {
    const label = textIn(f.label, locale) || f.api;
    const target = single(f) ? targets[f.targets![0]!] : undefined;
    const keys = target?.fields.filter((k) => (k.unique && !k.record) || k.api === 'externalId') ?? [];
    return [{ value: f.api, label }, ...keys.map((k) => ({ value: `${f.record}.${k.api}`, label: byKey(label, textIn(k.label, locale) || k.api) }))];
  });
  return [...options, { value: 'id', label: id }];
}

export function useFieldOptions(object: string): FieldOption[] {
  const { t, i18n } = useTranslation();
  const meta = useObjectIf(object);
  const names = [...new Set((meta?.fields ?? []).filter(single).map((f) => f.targets![0]!))];
  const found = useQueries({ queries: names.map((n) => ({ ...objectQuery(n), retry: false })), combine: (all) => all.map((q) => q.data) });
  return useMemo(() => {
    const targets: Record<string, ObjectMeta> = {};
    for (const m of found) if (m) targets[m.name] = m;
    return fieldOptions(meta, targets, i18n.language, (field, key) => t('import.byKey', { field, key }), t('import.id'));
  }, [meta, found, i18n.language, t]);
}
