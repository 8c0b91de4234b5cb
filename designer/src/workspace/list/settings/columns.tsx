// Which columns a list has, in which order, how wide.
import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined } from '@ant-design/icons';
import { Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf, useText } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import { moved } from './order';

interface Props {
  meta: ObjectMeta;
  columns: string[];
  widths: Record<string, number>;
  onChange: (columns: string[], widths: Record<string, number>) => void;
}

export function ColumnsEditor({ meta, columns, widths, onChange }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const [told, setTold] = useState('');
  const label = (api: string) => text(fieldOf(meta, api)?.label) || api;
  const move = (i: number, by: number) => {
    onChange(moved(columns, i, by), widths);
    setTold(t('view.moved', { name: label(columns[i]!), at: i + by + 1 }));
  };
  return (
    <fieldset className="plain-set">
      <legend>{t('view.columns')}</legend>
      <span role="status" className="sr-only">
        {told}
      </span>
      <ul className="ordered">
        {columns.map((c, i) => (
          <li key={c}>
            <span className="grow">{label(c)}</span>
            <Input
              className="px"
              inputMode="numeric"
              aria-label={t('view.width', { name: label(c) })}
              placeholder={t('view.auto')}
              suffix="px"
              value={widths[c] ?? ''}
              onChange={(e) => {
                const { [c]: _, ...rest } = widths;
                const n = Number(e.target.value);
                onChange(columns, /^\d{1,4}$/.test(e.target.value) && n > 0 ? { ...rest, [c]: n } : rest);
              }}
            />
            <Button type="text" size="small" icon={<ArrowUpOutlined />} disabled={i === 0} aria-label={t('view.up', { name: label(c) })} onClick={() => move(i, -1)} />
            <Button type="text" size="small" icon={<ArrowDownOutlined />} disabled={i === columns.length - 1} aria-label={t('view.down', { name: label(c) })} onClick={() => move(i, 1)} />
            <Button type="text" size="small" icon={<CloseOutlined />} disabled={columns.length === 1} aria-label={t('view.hide', { name: label(c) })} onClick={() => onChange(columns.filter((x) => x !== c), widths)} />
          </li>
        ))}
      </ul>
      <Select
        className="full"
        aria-label={t('view.addColumn')}
        placeholder={t('view.addColumn')}
        showSearch={{ optionFilterProp: 'label' }}
        value={null}
        options={meta.fields.filter((f) => !columns.includes(f.api)).map((f) => ({ value: f.api, label: label(f.api) }))}
        onChange={(v: string | null) => v && onChange([...columns, v], widths)}
      />
    </fieldset>
  );
}
