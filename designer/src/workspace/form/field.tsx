import { Controller, type Control } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { useIndex, useText } from '@/shared/meta/load';
import type { Field, ObjectMeta } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { Labelled } from '@/shared/ui/labelled';
import type { Values } from './values';

interface Props {
  meta: ObjectMeta;
  field: Field;
  row: Values;
  control: Control<Values>;
  wide?: boolean;
  broken?: string; // by a rule that was judged here
  warning?: string;
  onEdit: () => void;
}

/** FormField is one input of a form. */
export function FormField({ meta, field, row, control, wide, broken, warning, onEdit }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const { Edit, wide: wider } = uiOf(field);
  const label = text(field.label) || field.api;
  if (!Edit) return null;
  return (
    <Controller
      control={control}
      name={field.api}
      rules={field.required && field.kind !== 'bool' ? { validate: { required: (v) => (v !== null && v !== undefined && v !== '') || t('form.required', { field: label }) } } : undefined}
      render={({ field: c, fieldState }) => (
        <Labelled label={label} help={text(field.help) || undefined} required={field.required} wide={wide || wider} error={fieldState.error?.message || broken || undefined} warning={warning || undefined}>
          {(a) => (
            <Edit
              {...a}
              field={field}
              object={meta.name}
              row={row}
              index={index}
              value={c.value}
              onBlur={c.onBlur}
              onChange={(v) => {
                c.onChange(v);
                onEdit();
              }}
            />
          )}
        </Labelled>
      )}
    />
  );
}
