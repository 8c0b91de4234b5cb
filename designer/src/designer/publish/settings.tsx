// The settings of a package: what is chosen for the tenant and for brands, and who chose what before.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Drawer, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { useIndex } from '@/shared/meta/load';
import { Labelled, type InputProps } from '@/shared/ui/labelled';
import { admin, type Installed } from '../setup/api';
import { RecordPick } from '../setup/record';

interface Setting {
  name: string;
  type: string;
  label: string;
  help: string;
  byBrand: boolean;
  default: Json;
  value: Json;
  chosen: boolean;
  brands: { brand: string; value: Json }[];
}

export default function Settings({ of, onClose }: { of: Installed; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const list = useQuery({
    queryKey: ['settings', of.name, i18n.language],
    staleTime: 0,
    queryFn: ({ signal }) => admin<{ settings: Setting[] }>('query($p: String!, $l: String!) { settings(package: $p) { name type label(locale: $l) help(locale: $l) byBrand default value chosen brands { brand value } } }', { p: of.name, l: i18n.language }, signal).then((d) => d.settings),
  });
  return (
    <Drawer open onClose={onClose} size={480} title={t('packages.settingsOf', { name: of.label })}>
      {list.error && <Alert type="error" showIcon title={list.error.message} />}
      <div className="schema-form">{list.data?.map((s) => <One key={s.name} setting={s} />)}</div>
    </Drawer>
  );
}

function One({ setting: s }: { setting: Setting }) {
  const { t } = useTranslation();
  const brands = useIndex().roles.brand;
  const [brand, setBrand] = useState<string>();
  return (
    <fieldset className="field group">
      <legend>{s.label}</legend>
      {s.help && <div className="field-help">{s.help}</div>}
      <Choice setting={s} value={s.value} chosen={s.chosen} label={t('packages.forAll')} />
      {s.brands.map((b) => (
        <Choice key={b.brand} setting={s} brand={b.brand} value={b.value} chosen label={t('packages.forBrand', { brand: b.brand })} />
      ))}
      {s.byBrand && (
        <div className="bar">
          <RecordPick object={brands} label={t('packages.brand')} value={brand} onChange={setBrand} />
        </div>
      )}
      {s.byBrand && brand && !s.brands.some((b) => b.brand === brand) && <Choice key={brand} setting={s} brand={brand} value={s.value} chosen={false} label={t('packages.forBrand', { brand })} />}
    </fieldset>
  );
}

/** Choice is the value that holds for the tenant, or for a brand. */
function Choice({ setting: s, brand, value, chosen, label }: { setting: Setting; brand?: string; value: Json; chosen: boolean; label: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [typed, setTyped] = useState(value);
  const save = useMutation({
    mutationFn: (v: Json) => admin('mutation($n: String!, $v: JSON, $b: ID) { setSetting(name: $n, value: $v, brand: $b) { name } }', { n: s.name, v, b: brand }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['settings'] }),
  });
  return (
    <div className="setting">
      <Labelled label={label} error={save.error?.message} help={chosen ? undefined : t('packages.usual')}>
        {(input) => <Typed input={input} type={s.type} value={typed} onChange={setTyped} />}
      </Labelled>
      <div className="bar">
        <Button size="small" type="primary" loading={save.isPending} disabled={typed === value || typed === null || typed === ''} onClick={() => save.mutate(typed)}>
          {t('packages.choose')}
        </Button>
        {chosen && (
          <Button size="small" onClick={() => save.mutate(null, { onSuccess: () => setTyped(s.default) })}>
            {t('packages.unchoose')}
          </Button>
        )}
        <span role="status">{save.isSuccess && t('packages.chosen')}</span>
      </div>
    </div>
  );
}

function Typed({ input, type, value, onChange }: { input: InputProps; type: string; value: Json; onChange: (v: Json) => void }) {
  const { t } = useTranslation();
  switch (type) {
    case 'bool':
      return <Select {...input} className="full" value={value === null ? undefined : value === true} onChange={onChange} options={[{ value: true, label: t('bool.true') }, { value: false, label: t('bool.false') }]} />;
    case 'int':
      return <InputNumber {...input} className="full" precision={0} value={value as number | null} onChange={onChange} />;
    case 'json':
    case 'multipicklist':
      return <Input {...input} className="mono" value={typeof value === 'string' ? value : JSON.stringify(value)} onChange={(e) => onChange(parsed(e.target.value))} />;
    default:
      return <Input {...input} value={String(value ?? '')} onChange={(e) => onChange(e.target.value)} />;
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
