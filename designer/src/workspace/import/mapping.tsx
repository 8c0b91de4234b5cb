// Which column of the file fills which field, and how its text is transformed.
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Select } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useText } from '@/shared/meta/load';
import { useFieldOptions, type FieldOption } from './fields';
import { add, assign, change, firstOf, fromColumn, furtherOf, type Column, type FileColumn, type Job, type Settings } from './model';

const Steps = lazy(() => import('./steps'));

interface Props {
  job: Job;
  settings: Settings;
  onChange: (s: Settings) => void;
  problems: Record<string, string>;
}

export function Mapping({ job, settings, onChange, problems }: Props) {
  const { t } = useTranslation();
  const options = useFieldOptions(job.object);
  const [editing, setEditing] = useState<number>();
  const [fresh, setFresh] = useState<string>();
  const columns = job.columns ?? [];
  const taken = new Set(settings.columns.map((c) => c.field));
  const edited = editing === undefined ? undefined : settings.columns[editing];
  return (
    <section className="card section" aria-labelledby="import-columns">
      <h2 id="import-columns">{t('import.columns')}</h2>
      <ul className="import-columns">
        {columns.map((c) => {
          const at = firstOf(settings, c.name);
          const m = settings.columns[at];
          return (
            <li key={c.name}>
              <div>
                <strong>{c.name}</strong>
                <Sample column={c} />
              </div>
              <FieldSelect column={c} value={m?.field} options={options} taken={taken} problem={m && problems[m.field]} onChange={(field) => onChange(assign(settings, c, field))} />
              {m ? <StepsButton of={m} name={c.name} onClick={() => setEditing(at)} /> : <span />}
            </li>
          );
        })}
      </ul>
      <h3 className="import-sub">{t('import.more')}</h3>
      <ul className="import-columns">
        {furtherOf(settings).map((at) => {
          const m = settings.columns[at]!;
          const label = options.find((o) => o.value === m.field)?.label ?? m.field;
          return (
            <li key={m.field}>
              <div>
                <strong>{label}</strong>
                {problems[m.field] && <div className="field-error">{problems[m.field]}</div>}
              </div>
              <Select
                aria-label={t('import.from', { field: label })}
                className="full"
                value={m.from ?? ''}
                onChange={(v) => onChange(change(settings, at, fromColumn(m, v || undefined)))}
                options={[{ value: '', label: t('import.fixed') }, ...columns.map((c) => ({ value: c.name, label: c.name }))]}
              />
              <div className="bar">
                <StepsButton of={m} name={label} onClick={() => setEditing(at)} />
                <Button type="text" icon={<DeleteOutlined />} aria-label={t('import.remove', { field: label })} onClick={() => onChange(change(settings, at, undefined))} />
              </div>
            </li>
          );
        })}
      </ul>
      <div className="bar">
        <Select className="import-pick" aria-label={t('import.field')} placeholder={t('import.field')} showSearch optionFilterProp="label" value={fresh} onChange={setFresh} options={options.filter((o) => !taken.has(o.value))} />
        <Button
          icon={<PlusOutlined />}
          disabled={!fresh}
          onClick={() => {
            onChange(add(settings, fresh!));
            setFresh(undefined);
          }}
        >
          {t('import.addField')}
        </Button>
      </div>
      {edited && (
        <Suspense>
          <Steps
            title={t('import.steps', { column: edited.from ?? options.find((o) => o.value === edited.field)?.label ?? edited.field })}
            fixed={!edited.from}
            steps={edited.steps ?? []}
            onClose={() => setEditing(undefined)}
            onDone={(steps) => {
              const { steps: _, ...rest } = edited;
              onChange(change(settings, editing!, steps.length ? { ...rest, steps } : rest));
              setEditing(undefined);
            }}
          />
        </Suspense>
      )}
    </section>
  );
}

function Sample({ column }: { column: FileColumn }) {
  const { t } = useTranslation();
  const some = [...new Set(column.sample.filter((v) => v.trim() !== ''))].slice(0, 3);
  return <div className="quiet small-text">{some.length ? t('import.sample', { values: some.map((v) => (v.length > 40 ? `${v.slice(0, 40)}…` : v)).join(' · ') }) : t('import.empty')}</div>;
}

interface FieldProps {
  column: FileColumn;
  value: string | undefined;
  options: FieldOption[];
  taken: Set<string>;
  problem?: string;
  onChange: (field: string | undefined) => void;
}

function FieldSelect({ column, value, options, taken, problem, onChange }: FieldProps) {
  const { t } = useTranslation();
  const text = useText();
  const free = (v: string) => v === value || !taken.has(v);
  const named = (v: string) => options.find((o) => o.value === v)?.label;
  const likely = column.suggestions.map((s) => ({ value: s.field, label: named(s.field) ?? text(s.label) })).filter((o) => free(o.value));
  const rest = options.filter((o) => free(o.value) && !likely.some((l) => l.value === o.value));
  return (
    <div>
      <Select
        className="full"
        aria-label={t('import.fieldOf', { column: column.name })}
        showSearch
        optionFilterProp="label"
        status={problem ? 'error' : undefined}
        value={value ?? ''}
        onChange={(v) => onChange(v || undefined)}
        options={[{ value: '', label: t('import.skip') }, ...(likely.length ? [{ label: t('import.likely'), options: likely }] : []), { label: t('import.allFields'), options: rest }]}
      />
      {problem && <div className="field-error">{problem}</div>}
    </div>
  );
}

function StepsButton({ of, name, onClick }: { of: Column; name: string; onClick: () => void }) {
  const { t } = useTranslation();
  const first = of.steps?.[0];
  const said = !of.steps?.length ? t('import.stepsNone') : of.steps.map((s) => (s.value !== undefined ? `${t(`import.do.${s.do}`)}: ${s.value}` : t(`import.do.${s.do}`))).join(', ');
  return (
    <Button className="import-steps" type={first ? 'default' : 'text'} onClick={onClick}>
      <span className="sr-only">{t('import.steps', { column: name })}: </span>
      <span className="import-said">{said}</span>
    </Button>
  );
}
