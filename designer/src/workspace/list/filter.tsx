// Filtering a list: the conditions that hold. The drawer in which they are changed is loaded when it is opened.
import { CloseOutlined, FilterOutlined } from '@ant-design/icons';
import { useQueries } from '@tanstack/react-query';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { objectQuery, useIndex, useText } from '@/shared/meta/load';
import type { Condition, Field, ObjectMeta } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { Named } from '../approval/person';
import { filterables, shapeOf, type Filterable } from './conditions';

const FilterDrawer = lazy(() => import('./drawer'));

interface Props {
  meta: ObjectMeta;
  conditions: Condition[];
  onChange: (c: Condition[]) => void;
}

export function useFilterables(meta: ObjectMeta, on: boolean): Filterable[] {
  const names = [...new Set(meta.fields.filter((f) => f.record && !f.many && f.targets?.length === 1 && !f.system).map((f) => f.targets![0]!))];
  const others = useQueries({ queries: names.map((n) => ({ ...objectQuery(n), enabled: on })) });
  return filterables(meta, (n) => others[names.indexOf(n)]?.data);
}

export function FilterBar({ meta, conditions, onChange }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const [open, setOpen] = useState(false);
  const all = useFilterables(meta, open || conditions.some((c) => c.path.length > 1));
  const find = (c: Condition) => all.find((f) => f.path.join('.') === c.path.join('.'));
  const label = (f: Filterable) => (f.via ? `${text(f.via.label)} › ${text(f.field.label)}` : text(f.field.label));
  return (
    <>
      <Button icon={<FilterOutlined />} onClick={() => setOpen(true)}>
        {t('filter.open')}
      </Button>
      {conditions.map((c, i) => {
        const f = find(c);
        return (
          <span key={i} className="chip">
            <span>
              {f ? label(f) : c.path.join('.')} {t(`filter.op.${c.op as 'eq'}`)} {f && <Shown field={f.field} condition={c} />}
            </span>
            <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('filter.remove', { field: f ? label(f) : c.path.join('.') })} onClick={() => onChange(conditions.filter((_, n) => n !== i))} />
          </span>
        );
      })}
      {open && (
        <Suspense>
          <FilterDrawer all={all} label={label} conditions={conditions} onChange={onChange} onClose={() => setOpen(false)} />
        </Suspense>
      )}
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
