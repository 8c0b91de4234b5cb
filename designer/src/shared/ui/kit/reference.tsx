// Choosing the records that a record refers to.
import { useQueries, useQuery } from '@tanstack/react-query';
import { Select, type SelectProps } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { find, named } from '@/shared/api/find';
import { entryOf, entryOfId, useText } from '@/shared/meta/load';
import { referred } from '@/shared/meta/select';
import type { EditProps } from './types';

/** useOptions looks for records of all objects that a field leads to. */
function useOptions({ field, index }: EditProps, text: string, open: boolean) {
  const label = useText();
  const targets = (field.targets ?? []).map((t) => entryOf(index, t)).filter((e) => !!e);
  return useQuery({
    queryKey: ['find', field.targets, text],
    enabled: open,
    placeholderData: (was) => was,
    queryFn: async ({ signal }) => {
      const groups = await Promise.all(targets.map(async (e) => ({ e, found: await find(e, text, signal) })));
      if (groups.length === 1) return groups[0]!.found.map((f) => ({ value: f.id, label: f.title }));
      return groups.filter((g) => g.found.length).map((g) => ({ label: label(g.e.label), title: label(g.e.label), options: g.found.map((f) => ({ value: f.id, label: f.title })) }));
    },
  });
}

/** useTitles gives what the chosen records are called: as the row has it, else by asking. */
function useTitles(p: EditProps, ids: string[]) {
  const known = new Map(p.row ? referred(p.index, p.field, p.row).map((r) => [r.id, r.title]) : []);
  const asked = useQueries({
    queries: ids.map((id) => {
      const e = entryOfId(p.index, id);
      return { queryKey: ['named', id], enabled: !!e && (known.get(id) ?? id) === id, staleTime: 60_000, queryFn: ({ signal }: { signal: AbortSignal }) => named(e!, id, signal) };
    }),
  });
  return (id: string) => {
    const k = known.get(id);
    return k && k !== id ? k : (asked[ids.indexOf(id)]?.data?.title ?? id);
  };
}

type DefaultOptionType = NonNullable<SelectProps['options']>[number];

function Reference({ many, ...p }: EditProps & { many?: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(!!p.opened);
  const [text, setText] = useState('');
  const options = useOptions(p, useDeferredValue(text), open);
  const ids = (Array.isArray(p.value) ? p.value : p.value ? [p.value] : []) as string[];
  const titleOf = useTitles(p, ids);
  const chosen = ids.map((id) => ({ value: id, label: titleOf(id) }));
  return (
    <Select
      id={p.id}
      aria-label={p.name}
      aria-describedby={p['aria-describedby']}
      aria-invalid={p['aria-invalid']}
      aria-required={p['aria-required']}
      autoFocus={p.autoFocus}
      status={p.status}
      disabled={p.disabled}
      onBlur={p.onBlur}
      className="full"
      labelInValue
      mode={many ? 'multiple' : undefined}
      showSearch={{ filterOption: false, onSearch: setText, searchValue: text }}
      open={open}
      onOpenChange={setOpen}
      allowClear={!p.field.required}
      placeholder={t('reference.choose')}
      notFoundContent={options.isFetching ? t('app.loading') : t('reference.none')}
      options={(options.data ?? []) as DefaultOptionType[]}
      value={many ? (chosen as never) : ((chosen[0] ?? null) as never)}
      onChange={(v: unknown) => {
        setText('');
        if (many) {
          const next = (v as { value: string }[]).map((x) => x.value);
          p.onChange(next.length ? next : null);
        } else p.onChange((v as { value: string } | undefined)?.value ?? null);
      }}
    />
  );
}

export const ReferenceEdit = (p: EditProps) => <Reference {...p} />;
export const ReferencesEdit = (p: EditProps) => <Reference {...p} many />;
