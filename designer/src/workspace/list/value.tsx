// Typing what a condition compares with.
import { Input } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useIndex } from '@/shared/meta/load';
import type { Condition, Field } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { ChoicesEdit, ReferencesEdit, TagsEdit } from '@/shared/ui/kit';
import { shapeOf } from './conditions';

export function ConditionValue({ field, condition: c, onChange }: { field: Field; condition: Condition; onChange: (v: unknown) => void }) {
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
