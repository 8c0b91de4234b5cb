// A form for any document of metadata, made of its JSON Schema.
import { DeleteOutlined, DownOutlined, PlusOutlined, UpOutlined } from '@ant-design/icons';
import { Button, Checkbox, Input, InputNumber, Select } from 'antd';
import { lazy, Suspense, useContext, useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { Labelled, type InputProps } from '@/shared/ui/labelled';
import { objectsOf } from '../model/files';
import { isDoc, nameOf, type Doc } from '../model/overlay';
import { moved } from '../model/places';
import { choicesOf, describe, propertiesOf, resolve, shapeOf, titleIn, type Schema } from '../model/schema';
import { useDraft } from '../setup/draft';
import { BesideContext, ObjectContext, participant, useOptions, usualOf } from './hints';

const ExpressionInput = lazy(() => import('../expression').then((m) => ({ default: m.ExpressionInput })));

export interface FormProps {
  root: Schema;
  schema: Schema;
  value: Doc;
  onChange: (v: Doc) => void;
  hide?: readonly string[];
  first?: readonly string[];
  disabled?: boolean;
}

const never = ['$schema', 'renamedFrom', 'format'];
const expressions = new Set(['when', 'where', 'expr', 'until', 'value']);
const conditions = new Set(['when', 'where']);

/** SchemaForm shows what is set, and what is usually set; the rest on request. */
export function SchemaForm({ root, schema, value, onChange, hide = [], first: given = [], disabled }: FormProps) {
  const first = [...given, ...usualOf(schema.$ref, value)];
  const { t } = useTranslation();
  const [more, setMore] = useState(false);
  const all = propertiesOf(root, schema, value).filter((p) => !never.includes(p.name) && !hide.includes(p.name));
  const usual = (name: string) => first.includes(name) || value[name] !== undefined;
  const shown = all.filter((p) => p.required || usual(p.name) || more || all.length <= 8);
  const rank = (p: { name: string; required: boolean }) => (first.includes(p.name) ? first.indexOf(p.name) : p.required ? 50 : 100);
  shown.sort((a, b) => rank(a) - rank(b));
  const set = (name: string, v: Json | undefined) => {
    const out = { ...value };
    if (v === undefined) delete out[name];
    else out[name] = v;
    onChange(out);
  };
  return (
    <div className="schema-form">
      {shown.map((p) => (
        <Property key={p.name} root={root} def={schema.$ref} name={p.name} schema={p.schema} required={p.required} beside={value} value={value[p.name]} onChange={(v) => set(p.name, v)} disabled={disabled} />
      ))}
      {shown.length < all.length && (
        <Button type="link" className="start" onClick={() => setMore(true)}>
          {t('form.more', { count: all.length - shown.length })}
        </Button>
      )}
    </div>
  );
}

/** Help says what a setting is for, and what it is called in files, plans and logs. */
function Help({ text, name }: { text: string; name: string }) {
  return (
    <>
      {text} {name && <code>{name}</code>}
    </>
  );
}

interface PropertyProps {
  root: Schema;
  def?: string; // what the property belongs to
  name: string;
  schema: Schema;
  required?: boolean;
  beside: Doc;
  value: Json | undefined;
  onChange: (v: Json | undefined) => void;
  disabled?: boolean;
}

function Property(p: PropertyProps) {
  const { i18n } = useTranslation();
  const about = useContext(ObjectContext);
  const object = p.name === 'where' && typeof p.beside.object === 'string' ? p.beside.object : about;
  const s = { ...resolve(p.root, p.schema), ...p.schema };
  const title = titleIn(p.schema, i18n.language);
  const label = title || <code>{p.name}</code>;
  const says = describe(s, i18n.language);
  const help = <Help text={says === title ? '' : says} name={title && p.name} />;
  const shape = shapeOf(p.root, p.schema);
  if (shape === 'flag')
    return (
      <div className="field">
        <Checkbox disabled={p.disabled} checked={p.value === true} onChange={(e) => p.onChange(e.target.checked || undefined)}>
          {label}
        </Checkbox>
        <div className="field-help">{help}</div>
      </div>
    );
  if (shape === 'text') return <TextPair label={title || p.name} help={help} required={p.required} value={p.value} onChange={p.onChange} disabled={p.disabled} />;
  if (shape === 'list' || shape === 'map' || shape === 'object')
    return (
      <fieldset className="field group">
        <legend className={p.required ? 'must' : ''}>{label}</legend>
        <div className="field-help">{help}</div>
        {shape === 'list' ? <ListEdit {...p} title={title || p.name} /> : shape === 'map' ? <MapEdit {...p} title={title || p.name} /> : <SchemaForm root={p.root} schema={s} value={isDoc(p.value) ? p.value : {}} onChange={(v) => p.onChange(Object.keys(v).length ? v : undefined)} disabled={p.disabled} />}
      </fieldset>
    );
  if (shape === 'string' && expressions.has(p.name) && object)
    return (
      <Labelled label={label} help={help} required={p.required}>
        {(input) => (
          <Suspense fallback={<Input.TextArea {...input} value={String(p.value ?? '')} readOnly />}>
            <ExpressionInput input={input} name={title || p.name} object={object} condition={conditions.has(p.name)} value={String(p.value ?? '')} onChange={(v) => p.onChange(v || undefined)} disabled={p.disabled} />
          </Suspense>
        )}
      </Labelled>
    );
  return (
    <Labelled label={label} help={help} required={p.required}>
      {(input) => <Plain {...p} input={input} />}
    </Labelled>
  );
}

/** Plain is an input for a value that is one. */
function Plain({ root, def, name, schema, beside, value, onChange, input, disabled }: PropertyProps & { input: InputProps }) {
  const { i18n } = useTranslation();
  const options = useOptions(name, beside.type, def);
  const s = resolve(root, schema);
  const items = resolve(root, s.items);
  const common = { ...input, disabled, className: 'full' };
  const search = { showSearch: true, optionFilterProp: 'label' } as const;
  switch (shapeOf(root, schema)) {
    case 'choice':
      return <Select {...common} {...search} allowClear value={value as string | undefined} onChange={(v?: string) => onChange(v)} options={choicesOf(s, i18n.language)} />;
    case 'choices':
      return <Select {...common} {...search} mode="multiple" value={(value as string[] | undefined) ?? []} onChange={(v: string[]) => onChange(v.length ? v : undefined)} options={choicesOf(items, i18n.language)} />;
    case 'number':
      return <InputNumber {...common} min={s.minimum} max={s.maximum} value={value as number | undefined} onChange={(v) => onChange(v ?? undefined)} />;
    case 'strings':
      return <Select {...common} {...search} mode="tags" value={(value as string[] | undefined) ?? []} onChange={(v: string[]) => onChange(v.length ? v : undefined)} options={options ?? []} />;
    case 'string':
      if (options) return <Select {...common} {...search} allowClear value={value as string | undefined} onChange={(v?: string) => onChange(v)} options={known(options, value)} />;
      return <Input {...common} value={String(value ?? '')} onChange={(e) => onChange(e.target.value || undefined)} />;
    default:
      return <JsonInput {...common} value={value} onChange={onChange} />;
  }
}

/** known adds the value itself where it is none of the choices. */
const known = (options: { value: string; label: string }[], value: Json | undefined) => (typeof value === 'string' && value && !options.some((o) => o.value === value) ? [{ value, label: value }, ...options] : options);

function JsonInput({ value, onChange, ...input }: { value: Json | undefined; onChange: (v: Json | undefined) => void } & InputProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string>();
  const text = typed ?? (value === undefined ? '' : JSON.stringify(value, null, 2));
  const [bad, setBad] = useState(false);
  return (
    <>
      <Input.TextArea
        {...input}
        className="mono"
        rows={Math.min(12, text.split('\n').length + 1)}
        status={bad ? 'error' : undefined}
        value={text}
        onChange={(e) => {
          setTyped(e.target.value);
          try {
            onChange(e.target.value.trim() ? (JSON.parse(e.target.value) as Json) : undefined);
            setBad(false);
          } catch {
            setBad(true);
          }
        }}
        onBlur={() => !bad && setTyped(undefined)}
      />
      {bad && (
        <div className="field-error" role="alert">
          {t('json.bad')}
        </div>
      )}
    </>
  );
}

/** TextPair is a text in both languages. */
export function TextPair({ label, help, value, onChange, required, disabled }: { label: string; help?: ReactNode; value: Json | undefined; onChange: (v: Json | undefined) => void; required?: boolean; disabled?: boolean }) {
  const { t } = useTranslation();
  const id = useId();
  const texts: Record<string, string> = typeof value === 'string' ? { en: value } : isDoc(value) ? (value as Record<string, string>) : {};
  const set = (locale: string, v: string) => {
    const out = { ...texts };
    if (v) out[locale] = v;
    else delete out[locale];
    onChange(Object.keys(out).length ? out : undefined);
  };
  return (
    <fieldset className="field group pairs">
      <legend className={required ? 'must' : ''}>{label}</legend>
      <div className="pair">
        {(['en', 'zh-CN'] as const).map((l) => (
          <div key={l}>
            <label className="field-label" htmlFor={`${id}${l}`}>
              {t(`form.locale.${l}`)}
            </label>
            <Input id={`${id}${l}`} lang={l} disabled={disabled} value={texts[l] ?? ''} onChange={(e) => set(l, e.target.value)} />
          </div>
        ))}
      </div>
      {help && <div className="field-help">{help}</div>}
    </fieldset>
  );
}

/** titleOf is what a member of a list is called in its head. */
export function titleOf(v: Json | undefined, locale: string): string {
  if (!isDoc(v)) return '';
  const text = typeof v.label === 'string' ? v.label : textIn((v.label ?? v.name) as Text | undefined, locale);
  const name = nameOf(v) ?? (typeof v.type === 'string' ? v.type : typeof v.do === 'string' ? v.do : '');
  return text && text !== name ? `${text} (${name})` : name;
}

function ListEdit({ root, schema, value, onChange, disabled, title: name }: Omit<PropertyProps, 'beside'> & { title: string }) {
  const { t, i18n } = useTranslation();
  const s = resolve(root, schema);
  const list = Array.isArray(value) ? value : [];
  const [open, setOpen] = useState<number>();
  const put = (v: Json[]) => onChange(v.length ? v : undefined);
  const { all } = useDraft();
  const objectTitle = (x: Json) => {
    const o = isDoc(x) && !x.label && nameOf(x) === x.object ? objectsOf(all).find((o) => o.name === x.object) : undefined;
    return o && titleOf({ name: o.name, label: o.label ?? o.name }, i18n.language);
  };
  const kindOf = (of: Schema | undefined, type: string) => (of?.$ref === participant ? t(`process.who.${type}`) : choicesOf(resolve(root, resolve(root, of).properties?.type), i18n.language).find((c) => c.value === type)?.label);
  return (
    <div className="members">
      {list.map((x, i) => {
        const kind = isDoc(x) && !nameOf(x) ? kindOf(s.items, String(x.type ?? x.do ?? '')) : '';
        const title = kind || objectTitle(x) || titleOf(x, i18n.language) || `${name} ${i + 1}`;
        return (
          <div key={i} className="member">
            <div className="member-head">
              <button type="button" className="plain grow start" aria-expanded={open === i} onClick={() => setOpen(open === i ? undefined : i)}>
                {title}
              </button>
              <Button size="small" type="text" icon={<UpOutlined />} disabled={disabled || i === 0} aria-label={t('form.up', { name: title })} onClick={() => put(moved(list, i, i - 1))} />
              <Button size="small" type="text" icon={<DownOutlined />} disabled={disabled || i === list.length - 1} aria-label={t('form.down', { name: title })} onClick={() => put(moved(list, i, i + 1))} />
              <Button size="small" type="text" danger icon={<DeleteOutlined />} disabled={disabled} aria-label={t('form.removeOne', { name: title })} onClick={() => put(list.filter((_, n) => n !== i))} />
            </div>
            {open === i && <SchemaForm root={root} schema={s.items ?? {}} value={isDoc(x) ? x : {}} onChange={(v) => put(list.map((y, n) => (n === i ? v : y)))} disabled={disabled} />}
          </div>
        );
      })}
      <Button
        size="small"
        icon={<PlusOutlined />}
        disabled={disabled}
        onClick={() => {
          setOpen(list.length);
          put([...list, {}]);
        }}
      >
        {t('form.add', { name })}
      </Button>
    </div>
  );
}

/** Expression is a value of a map that is an expression. */
function Expression({ name, label, object, value, onChange, disabled }: { name: string; label: string; object: string; value: string; onChange: (v: string) => void; disabled?: boolean }) {
  return (
    <Labelled label={label}>
      {(input) => (
        <Suspense fallback={<Input {...input} value={value} readOnly />}>
          <ExpressionInput input={input} name={name} object={object} condition={false} value={value} onChange={onChange} disabled={disabled} />
        </Suspense>
      )}
    </Labelled>
  );
}

function MapEdit({ root, schema, value, onChange, disabled, name, title }: PropertyProps & { title: string }) {
  const { t } = useTranslation();
  const known = useContext(BesideContext).maps[name];
  const s = resolve(root, schema);
  const map = isDoc(value) ? value : {};
  const [key, setKey] = useState('');
  const free = known?.keys?.filter((o) => !(o.value in map));
  const put = (v: Doc) => onChange(Object.keys(v).length ? v : undefined);
  return (
    <div className="members">
      {Object.entries(map).map(([k, v]) => (
        <div key={k} className="member">
          {known?.object && typeof v === 'string' ? (
            <Expression name={k} label={known.keys?.find((o) => o.value === k)?.label ?? k} object={known.object} value={v} onChange={(x) => put({ ...map, [k]: x })} disabled={disabled} />
          ) : (
            <Property root={root} name={k} schema={s.additionalProperties as Schema} beside={{}} value={v} onChange={(x) => put({ ...map, [k]: x ?? '' })} disabled={disabled} />
          )}
          <Button
            size="small"
            type="text"
            danger
            icon={<DeleteOutlined />}
            disabled={disabled}
            aria-label={t('form.removeOne', { name: k })}
            onClick={() => {
              const { [k]: _, ...rest } = map;
              put(rest);
            }}
          />
        </div>
      ))}
      <div className="bar">
        {free ? (
          <Select className="short" disabled={disabled} aria-label={t('form.key', { name: title })} showSearch optionFilterProp="label" value={key || undefined} onChange={setKey} options={free} />
        ) : (
          <Input className="short" disabled={disabled} aria-label={t('form.key', { name: title })} value={key} onChange={(e) => setKey(e.target.value)} />
        )}
        <Button
          size="small"
          icon={<PlusOutlined />}
          disabled={disabled || !key || key in map}
          onClick={() => {
            const shape = shapeOf(root, s.additionalProperties as Schema);
            put({ ...map, [key]: shape === 'object' || shape === 'map' || shape === 'text' ? {} : shape === 'list' ? [] : '' });
            setKey('');
          }}
        >
          {t('form.add', { name: key || title })}
        </Button>
      </div>
    </div>
  );
}
