// By which fields a list is ordered, the first before the others.
import { CloseOutlined } from '@ant-design/icons';
import { Button, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useText } from '@/shared/meta/load';
import type { ObjectMeta, Sort } from '@/shared/meta/types';

const most = 5;

export function SortEditor({ meta, sort, onChange }: { meta: ObjectMeta; sort: Sort[]; onChange: (s: Sort[]) => void }) {
  const { t } = useTranslation();
  const text = useText();
  const options = meta.fields.filter((f) => f.sortable).map((f) => ({ value: f.api, label: text(f.label) || f.api }));
  const name = (api: string) => options.find((o) => o.value === api)?.label ?? api;
  const free = options.filter((o) => !sort.some((s) => s.field === o.value));
  return (
    <fieldset className="plain-set">
      <legend>{t('view.sort')}</legend>
      <ol className="ordered">
        {sort.map((s, i) => (
          <li key={s.field}>
            <span className="grow">{name(s.field)}</span>
            <Select
              className="direction"
              aria-label={t('view.direction', { name: name(s.field) })}
              value={s.desc ? 'desc' : 'asc'}
              options={(['asc', 'desc'] as const).map((d) => ({ value: d, label: t(`view.${d}`) }))}
              onChange={(d) => onChange(sort.map((x, n) => (n === i ? (d === 'desc' ? { field: x.field, desc: true } : { field: x.field }) : x)))}
            />
            <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('view.unsort', { name: name(s.field) })} onClick={() => onChange(sort.filter((x) => x !== s))} />
          </li>
        ))}
      </ol>
      {sort.length < most && <Select className="full" aria-label={t('view.addSort')} placeholder={t('view.addSort')} showSearch={{ optionFilterProp: 'label' }} value={null} options={free} onChange={(v: string | null) => v && onChange([...sort, { field: v }])} />}
    </fieldset>
  );
}
