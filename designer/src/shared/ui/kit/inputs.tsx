// How values are typed. Dates and times use the browser's own inputs: light, spoken, and at home on phones.
import { Checkbox, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { fromWall, toWall } from '@/shared/meta/format';
import { useText } from '@/shared/meta/load';
import type { EditProps } from './types';

const shared = (p: EditProps) => ({
  id: p.id,
  'aria-label': p.name,
  'aria-describedby': p['aria-describedby'],
  'aria-invalid': p['aria-invalid'],
  'aria-required': p['aria-required'],
  autoFocus: p.autoFocus,
  status: p.status,
  disabled: p.disabled,
  onBlur: p.onBlur,
});

const typed = (kind: string, mode?: 'decimal' | 'numeric' | 'tel' | 'email' | 'url') =>
  function Typed(p: EditProps) {
    return (
      <Input {...shared(p)} type={kind} inputMode={mode} maxLength={p.field.settings?.maxLength} value={(p.value as string | null) ?? ''} onChange={(e) => p.onChange(e.target.value === '' ? null : e.target.value)} />
    );
  };

export const TextEdit = typed('text');
export const EmailEdit = typed('text', 'email');
export const PhoneEdit = typed('text', 'tel');
export const UrlEdit = typed('text', 'url');
export const DayEdit = typed('date');
export const TimeEdit = typed('time');

/** DecimalEdit keeps what is typed as text: digits beyond those of doubles stay exact. */
export const DecimalEdit = (p: EditProps) => (
  <Input {...shared(p)} inputMode="decimal" className="end" value={String(p.value ?? '')} onChange={(e) => p.onChange(e.target.value === '' ? null : e.target.value.replaceAll(',', ''))} />
);

/** IntEdit gives numbers; what is none stays text, which the server refuses. */
export const IntEdit = (p: EditProps) => (
  <Input
    {...shared(p)}
    inputMode="numeric"
    className="end"
    value={String(p.value ?? '')}
    onChange={(e) => {
      const text = e.target.value.trim();
      p.onChange(text === '' ? null : /^-?\d{1,15}$/.test(text) ? Number(text) : text);
    }}
  />
);

/** PercentEdit shows 0.25 as 25. */
export function PercentEdit(p: EditProps) {
  return <Input {...shared(p)} inputMode="decimal" suffix="%" value={shift(p.value, 2)} onChange={(e) => p.onChange(e.target.value === '' ? null : shift(e.target.value, -2))} />;
}

/** shift moves the point of a decimal by digits, exactly; what is no decimal stays as it is. */
export function shift(value: unknown, digits: number): string {
  const m = /^(-?)(\d*)(?:\.(\d*))?$/.exec(String(value ?? ''));
  if (!m || (!m[2] && !m[3])) return String(value ?? '');
  let whole = m[2] ?? '';
  let part = m[3] ?? '';
  const open = String(value).endsWith('.') && digits > 0;
  if (digits > 0) {
    part = part.padEnd(digits, '0');
    whole += part.slice(0, digits);
    part = part.slice(digits);
  } else {
    whole = whole.padStart(1 - digits, '0');
    part = whole.slice(digits) + part;
    whole = whole.slice(0, digits);
  }
  whole = whole.replace(/^0+(?=\d)/, '');
  if (digits > 0) part = part.replace(/0+$/, '');
  return `${m[1]}${whole || '0'}${part ? `.${part}` : open ? '.' : ''}`;
}

export const LongEdit = (p: EditProps) => (
  <Input.TextArea {...shared(p)} rows={3} classNames={{ textarea: 'growing' }} maxLength={p.field.settings?.maxLength} value={(p.value as string | null) ?? ''} onChange={(e) => p.onChange(e.target.value === '' ? null : e.target.value)} />
);

export const InstantEdit = (p: EditProps) => (
  <Input {...shared(p)} type="datetime-local" value={p.value ? toWall(String(p.value), p.index.zone) : ''} onChange={(e) => p.onChange(e.target.value === '' ? null : fromWall(e.target.value, p.index.zone))} />
);

export function BoolEdit(p: EditProps) {
  return <Checkbox id={p.id} aria-label={p.name} aria-describedby={p['aria-describedby']} autoFocus={p.autoFocus} disabled={p.disabled} checked={p.value === true} onChange={(e) => p.onChange(e.target.checked)} onBlur={p.onBlur} />;
}

/** useChoices gives the choices that may be chosen beside the other values of the record, and that which is chosen. */
function useChoices(p: EditProps) {
  const text = useText();
  const chosen = new Set((Array.isArray(p.value) ? p.value : [p.value]) as string[]);
  return (p.field.choices ?? [])
    .filter((c) => chosen.has(c.value) || (!c.inactive && Object.entries(c.when ?? {}).every(([f, codes]) => !p.row || !(f in p.row) || codes.includes(String(p.row[f])))))
    .map((c) => ({ value: c.value, label: text(c.label) || c.code }));
}

export function ChoiceEdit(p: EditProps) {
  const { t } = useTranslation();
  return (
    <Select
      {...shared(p)}
      className="full"
      defaultOpen={p.opened}
      showSearch={{ optionFilterProp: 'label' }}
      allowClear={!p.field.required}
      placeholder={t('value.none')}
      options={useChoices(p)}
      value={(p.value as string | null) ?? undefined}
      onChange={(v) => p.onChange(v ?? null)}
    />
  );
}

export function ChoicesEdit(p: EditProps) {
  const { t } = useTranslation();
  return <Select {...shared(p)} className="full" mode="multiple" showSearch={{ optionFilterProp: 'label' }} placeholder={t('value.none')} options={useChoices(p)} value={(p.value as string[] | null) ?? []} onChange={(v) => p.onChange(v.length ? v : null)} />;
}

export function TagsEdit(p: EditProps) {
  return <Select {...shared(p)} className="full" mode="tags" open={false} suffixIcon={null} value={(p.value as string[] | null) ?? []} onChange={(v) => p.onChange(v.length ? v : null)} />;
}
