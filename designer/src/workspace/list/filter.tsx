// Filtering a list: the conditions that hold. The drawer in which they are changed is loaded when it is opened.
import { CloseOutlined, FilterOutlined } from '@ant-design/icons';
import { useQueries } from '@tanstack/react-query';
import { Button } from 'antd';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { objectQuery, useIndex, useText } from '@/shared/meta/load';
import type { Condition, Field, Filter, Group, ObjectMeta } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { loadEdits } from '@/shared/ui/kit';
import { Named } from '../approval/person';
import { describe, filterables, quantifierOf, shapeOf, type Filterable } from './conditions';
import { conditionsIn, isGroup, partsOf } from './filters';

const FilterDrawer = lazy(() => Promise.all([import('./drawer'), loadEdits()]).then(([m]) => m));

interface Props {
  meta: ObjectMeta;
  filter: Filter;
  onChange: (f: Filter) => void;
}

export interface Vocabulary {
  all: Filterable[];
  describe: (c: Condition) => Filterable | undefined;
  label: (f: Filterable) => string;
}

/** useVocabulary gives what a list can be filtered by; open asks for all of it, else for what the filter needs. */
export function useVocabulary(meta: ObjectMeta, filter: Filter, open: boolean): Vocabulary {
  const text = useText();
  const used = conditionsIn(filter);
  const references = meta.fields.filter((f) => f.record && !f.many && f.targets?.length === 1 && !f.system);
  const wanted = [
    ...references.filter((f) => open || used.some((c) => c.path.length > 1 && c.path[0] === f.record)).map((f) => f.targets![0]!),
    ...meta.relations.filter((r) => used.some((c) => c.path.length > 1 && c.path[0] === r.name)).map((r) => r.object),
  ];
  const names = [...new Set(wanted)];
  const others = useQueries({ queries: names.map(objectQuery) });
  const related = (n: string) => others[names.indexOf(n)]?.data;
  const all = filterables(meta, related);
  const label = (f: Filterable) => [f.via?.label, f.relation?.label, f.field && (f.field.label ?? { en: f.field.api })].filter((x) => !!x).map((x) => text(x)).join(' › ') || f.path.join(' › ');
  return { all, describe: (c) => describe(meta, related, all, c), label };
}

export function FilterBar({ meta, filter, onChange }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const words = useVocabulary(meta, filter, open);
  return (
    <>
      <Button icon={<FilterOutlined />} onClick={() => setOpen(true)}>
        {t('filter.open')}
      </Button>
      {filter.map((x, i) => (
        <span key={i} className="chip">
          <span>
            <Said part={x} words={words} />
          </span>
          <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('filter.remove', { field: nameOf(x, words) })} onClick={() => onChange(filter.filter((_, n) => n !== i))} />
        </span>
      ))}
      {open && (
        <Suspense>
          <FilterDrawer meta={meta} filter={filter} onChange={onChange} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

/** nameOf names a condition by its field, and a group by the fields of its conditions. */
export function nameOf(x: Condition | Group, words: Vocabulary): string {
  return [...new Set(conditionsIn([x]).map((c) => (words.describe(c) ? words.label(words.describe(c)!) : c.path.join(' › '))))].join(', ');
}

/** Said writes a condition, or those of a group, as one reads them. */
function Said({ part, words }: { part: Condition | Group; words: Vocabulary }): ReactNode {
  const { t } = useTranslation();
  const any = isGroup(part) && 'or' in part;
  if (isGroup(part))
    return partsOf(part).map((x, i) => (
      <span key={i}>
        {i > 0 && <em> {t(any ? 'filter.or' : 'filter.and')} </em>}
        {isGroup(x) ? '(' : ''}
        <Said part={x} words={words} />
        {isGroup(x) ? ')' : ''}
      </span>
    ));
  const f = words.describe(part);
  const what = [f?.relation && t(quantifierOf(part) === 'none' ? 'filter.none' : 'filter.some'), f ? words.label(f) : part.path.join(' › '), (!f?.relation || f.field) && t(`filter.op.${part.op as 'eq'}`)];
  return (
    <>
      {what.filter(Boolean).join(' ')}
      {f?.field && ' '}
      {f?.field && <Shown field={f.field} condition={part} />}
    </>
  );
}

/** Shown writes the value of a condition. */
function Shown({ field, condition: c }: { field: Field; condition: Condition }) {
  const { t } = useTranslation();
  const index = useIndex();
  if (shapeOf(c.op) === 'none') return null;
  if (shapeOf(c.op) === 'days') return <>{t('filter.days', { count: Number((c.value as { days: number }).days) })}</>;
  const values = (Array.isArray(c.value) ? c.value : [c.value]) as string[];
  const { Cell } = uiOf(field);
  return (
    <>
      {values.map((v, i) => (
        <span key={i}>
          {i > 0 && (c.op === 'between' ? ' – ' : ', ')}
          {field.targets?.length ? <Named id={v} /> : field.choices ? <Cell field={field} value={v} row={{}} index={index} compact /> : <Cell field={field} value={v} row={{ [field.api]: v }} index={index} compact />}
        </span>
      ))}
    </>
  );
}
