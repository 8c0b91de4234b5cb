// The drawer in which the conditions of a list are changed.
import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Drawer, Input, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { useIndex } from '@/shared/meta/load';
import type { Condition, Field } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { ChoicesEdit, ReferencesEdit, TagsEdit } from '@/shared/ui/kit';
import { complete, opsOf, shapeOf, startOf, type Filterable } from './conditions';

export default function FilterDrawer({ all, label, conditions, onChange, onClose }: { all: Filterable[]; label: (f: Filterable) => string; conditions: Condition[]; onChange: (c: Condition[]) => void; onClose: () => void }) {
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
