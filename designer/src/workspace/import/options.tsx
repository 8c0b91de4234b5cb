// How rows are written, and how the file is read.
import { Button, Checkbox, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Labelled } from '@/shared/ui/labelled';
import { useFieldOptions } from './fields';
import type { Format, Job, Mode, Settings } from './model';

interface Props {
  settings: Settings;
  atomic: boolean;
  object: string;
  problems: Record<string, string>;
  onChange: (s: Settings, atomic: boolean) => void;
}

export function Options({ settings: s, atomic, object, problems, onChange }: Props) {
  const { t } = useTranslation();
  const options = useFieldOptions(object);
  const labels = new Map(options.map((o) => [o.value, o.label]));
  const setMode = (mode: Mode) => {
    const { key: _, ...rest } = s;
    onChange(mode === 'create' ? { ...rest, mode } : { ...s, mode }, atomic);
  };
  return (
    <section className="card section" aria-labelledby="import-options">
      <h2 id="import-options">{t('import.options')}</h2>
      <div className="import-pair">
        <Labelled label={t('import.mode')} error={problems.mode}>
          {(input) => <Select {...input} className="full" value={s.mode} onChange={setMode} options={(['create', 'upsert', 'update'] as const).map((m) => ({ value: m, label: t(`import.mode.${m}`) }))} />}
        </Labelled>
        {s.mode !== 'create' && (
          <Labelled label={t('import.key')} help={t('import.keyHelp')} error={problems.key} required>
            {(input) => <Select {...input} className="full" mode="multiple" value={s.key ?? []} onChange={(key: string[]) => onChange({ ...s, key }, atomic)} options={s.columns.map((c) => ({ value: c.field, label: labels.get(c.field) ?? c.field }))} />}
          </Labelled>
        )}
      </div>
      <div className="import-checks">
        <Checkbox checked={atomic} onChange={(e) => onChange(s, e.target.checked)}>
          {t('import.atomic')}
        </Checkbox>
        <Checkbox checked={s.clearEmpty === true} onChange={(e) => onChange({ ...s, clearEmpty: e.target.checked || undefined }, atomic)}>
          {t('import.clear')}
        </Checkbox>
      </div>
    </section>
  );
}

const encodings = ['utf-8', 'gb18030', 'utf-16'];
const delimiters = [',', ';', '\t', '|'];

export function FileFormat({ job, busy, onRead }: { job: Job; busy: boolean; onRead: (f: Format) => void }) {
  const { t } = useTranslation();
  const [f, setF] = useState(job.format);
  if (f.kind === 'jsonl') return null;
  return (
    <details className="card section">
      <summary>{t('import.format')}</summary>
      <div className="import-pair">
        {f.kind === 'csv' && (
          <>
            <Labelled label={t('import.encoding')}>{(input) => <Select {...input} className="full" value={f.encoding} onChange={(encoding) => setF({ ...f, encoding })} options={encodings.map((v) => ({ value: v, label: v.toUpperCase() }))} />}</Labelled>
            <Labelled label={t('import.delimiter')}>
              {(input) => <Select {...input} className="full" value={f.delimiter} onChange={(delimiter) => setF({ ...f, delimiter })} options={delimiters.map((v) => ({ value: v, label: t(`import.delimiter.${v === '\t' ? 'tab' : v}`) }))} />}
            </Labelled>
          </>
        )}
        {(job.sheets?.length ?? 0) > 0 && <Labelled label={t('import.sheet')}>{(input) => <Select {...input} className="full" value={f.sheet ?? job.sheets![0]} onChange={(sheet) => setF({ ...f, sheet })} options={job.sheets!.map((v) => ({ value: v, label: v }))} />}</Labelled>}
        <Labelled label={t('import.headerRow')}>{(input) => <InputNumber {...input} className="full" min={1} precision={0} value={f.headerRow} onChange={(v) => setF({ ...f, headerRow: v ?? undefined })} />}</Labelled>
      </div>
      <div className="bar">
        <Button disabled={busy} onClick={() => onRead(f)}>
          {t('import.readAgain')}
        </Button>
        <span className="quiet">{t('import.readAgainHelp')}</span>
      </div>
    </details>
  );
}
