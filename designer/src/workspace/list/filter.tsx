// Filtering a list: the conditions that hold, and a drawer in which they are changed.
import { CloseOutlined, FilterOutlined, PlusOutlined } from '@ant-design/icons';
import { useQueries } from '@tanstack/react-query';
import { Button, Drawer, Input, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { objectQuery, useIndex, useText } from '@/shared/meta/load';
import type { Condition, Field, ObjectMeta } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { ChoicesEdit, ReferencesEdit, TagsEdit } from '@/shared/ui/kit';
import { Named } from '../approval/person';
import { complete, filterables, opsOf, shapeOf, startOf, type Filterable } from './conditions';

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
      {open && <FilterDrawer all={all} label={label} conditions={conditions} onChange={onChange} onClose={() => setOpen(false)} />}
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

function FilterDrawer({ all, label, conditions, onChange, onClose }: { all: Filterable[]; label: (f: Filterable) => string; conditions: Condition[]; onChange: (c: Condition[]) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<Condition[]>(conditions);
  const set = (i: number, c: Condition) => setDraft(draft.map((x, n) => (n === i ? c : x)));
  const options = all.map((f) => ({ value: f.path.join('.'), label: label(f) }));
  return (
    <Drawer
      open
      onClose={onClose}
      title={t('filter.title')}
      size={380}
      footer={
        <div className="bar">
          <Button
            type="primary"
            onClick={() => {
              onChange(draft.filter(complete));
              onClose();
            }}
          >
            {t('filter.apply')}
          </Button>
          <Button
            onClick={() => {
              onChange([]);
              onClose();
            }}
          >
            {t('filter.clear')}
          </Button>
        </div>
      }
    >
      <div className="conditions">
        {draft.map((c, i) => {
          const f = all.find((x) => x.path.join('.') === c.path.join('.'));
          return (
            <div key={i} className="condition" role="group" aria-label={f ? label(f) : t('filter.field')}>
              <div className="bar">
                <Select className="grow" aria-label={t('filter.field')} showSearch={{ optionFilterProp: 'label' }} value={c.path.join('.')} options={options} onChange={(v) => set(i, startOf(all.find((x) => x.path.join('.') === v)!))} />
                <Button type="text" icon={<CloseOutlined />} aria-label={t('filter.remove', { field: f ? label(f) : '' })} onClick={() => setDraft(draft.filter((_, n) => n !== i))} />
              </div>
              {f && (
                <>
                  <Select aria-label={t('filter.operator')} value={c.op} options={opsOf(f.field).map((op) => ({ value: op, label: t(`filter.op.${op}`) }))} onChange={(op: string) => set(i, { ...c, op, value: shapeOf(op) === 'none' ? true : shapeOf(op) === shapeOf(c.op) ? c.value : null })} />
                  <ConditionValue field={f.field} condition={c} onChange={(value) => set(i, { ...c, value: value as Json })} />
                </>
              )}
            </div>
          );
        })}
        <Button icon={<PlusOutlined />} disabled={all.length === 0} onClick={() => setDraft([...draft, startOf(all[0]!)])}>
          {t('filter.add')}
        </Button>
      </div>
    </Drawer>
  );
}

function ConditionValue({ field, condition: c, onChange }: { field: Field; condition: Condition; onChange: (v: unknown) => void }) {
  const { t } = useTranslation();
  const index = useIndex();
  const id = useId();
  const ui = uiOf(field);
  const common = { id, name: t('filter.value'), field: { ...field, required: false }, index, value: c.value as unknown, onChange };
  switch (shapeOf(c.op)) {
    case 'none':
      return null;
    case 'days':
      return <Input aria-label={t('filter.daysLabel')} inputMode="numeric" suffix={t('filter.daysUnit')} value={String((c.value as { days?: number } | null)?.days ?? '')} onChange={(e) => onChange(/^\d{1,5}$/.test(e.target.value) ? { days: Number(e.target.value) } : null)} />;
    case 'many':
      if (field.choices) return <ChoicesEdit {...common} />;
      return field.targets?.length ? <ReferencesEdit {...common} /> : <TagsEdit {...common} />;
    case 'two': {
      const [from, to] = (Array.isArray(c.value) ? c.value : [null, null]) as unknown[];
      const Edit = ui.Edit;
      return (
        Edit && (
          <div className="pair">
            <Edit {...common} name={t('filter.from')} value={from ?? null} onChange={(v) => onChange([v, to ?? null])} />
            <Edit {...common} id={`${id}to`} name={t('filter.to')} value={to ?? null} onChange={(v) => onChange([from ?? null, v])} />
          </div>
        )
      );
    }
  }
  const Edit = ui.Edit;
  return Edit ? <Edit {...common} /> : <Input aria-label={t('filter.value')} value={String(c.value ?? '')} onChange={(e) => onChange(e.target.value || null)} />;
}
