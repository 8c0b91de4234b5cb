// The steps that transform the text of a column before it is read.
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, Input, InputNumber, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Labelled } from '@/shared/ui/labelled';
import { freshStep, readPairs, writePairs, type Do, type Step } from './model';

const all: Do[] = ['trim', 'date', 'number', 'map', 'split', 'default', 'upper', 'lower'];

interface Props {
  title: string;
  steps: Step[];
  fixed: boolean; // without a column: the first step is the text itself
  onClose: () => void;
  onDone: (steps: Step[]) => void;
}

export default function Steps({ title, steps, fixed, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const [now, setNow] = useState(steps);
  const put = (at: number, s: Step) => setNow(now.map((x, i) => (i === at ? s : x)));
  return (
    <Modal open title={title} onCancel={onClose} onOk={() => onDone(now)} okText={t('import.takeOver')} cancelText={t('form.cancel')}>
      <div className="import-stepform">
        {now.map((s, i) => (
          <fieldset key={i} className="import-step">
            <legend className="sr-only">{t('import.stepDo', { at: i + 1 })}</legend>
            <div className="bar">
              <Select className="grow" aria-label={t('import.stepDo', { at: i + 1 })} disabled={fixed && i === 0} value={s.do} onChange={(v: Do) => put(i, freshStep(v))} options={(fixed && i === 0 ? (['constant'] as const) : all).map((d) => ({ value: d, label: t(`import.do.${d}`) }))} />
              {!(fixed && i === 0) && <Button type="text" icon={<DeleteOutlined />} aria-label={t('import.stepRemove', { at: i + 1 })} onClick={() => setNow(now.filter((_, n) => n !== i))} />}
            </div>
            <Settings step={s} onChange={(x) => put(i, x)} />
          </fieldset>
        ))}
        <Button icon={<PlusOutlined />} onClick={() => setNow([...now, freshStep('trim')])}>
          {t('import.stepAdd')}
        </Button>
      </div>
    </Modal>
  );
}

function Settings({ step: s, onChange }: { step: Step; onChange: (s: Step) => void }) {
  const { t } = useTranslation();
  const [pairs, setPairs] = useState(s.values ? writePairs(s.values) : '');
  const put = (part: Partial<Step>) => onChange({ ...s, ...part });
  const text = (name: 'by' | 'decimal' | 'group' | 'value' | 'else', label: string) => <Labelled label={label}>{(input) => <Input {...input} value={s[name] ?? ''} onChange={(e) => put({ [name]: e.target.value || (name === 'else' || name === 'decimal' || name === 'group' ? undefined : '') })} />}</Labelled>;
  switch (s.do) {
    case 'split':
      return (
        <div className="import-pair">
          {text('by', t('import.by'))}
          <Labelled label={t('import.take')}>{(input) => <InputNumber {...input} className="full" precision={0} value={s.take} onChange={(v) => put({ take: v ?? 1 })} />}</Labelled>
          <Checkbox checked={s.rest === true} onChange={(e) => put({ rest: e.target.checked || undefined })}>
            {t('import.rest')}
          </Checkbox>
        </div>
      );
    case 'date':
      return <Labelled label={t('import.formats')}>{(input) => <Select {...input} className="full" mode="tags" value={s.formats ?? []} onChange={(v: string[]) => put({ formats: v })} options={['YYYY-MM-DD', 'YYYY/MM/DD', 'DD.MM.YYYY', 'DD/MM/YYYY', 'MM/DD/YYYY'].map((v) => ({ value: v, label: v }))} />}</Labelled>;
    case 'number':
      return (
        <div className="import-pair">
          {text('decimal', t('import.decimal'))}
          {text('group', t('import.group'))}
        </div>
      );
    case 'map':
      return (
        <>
          <Labelled label={t('import.values')}>
            {(input) => (
              <Input.TextArea
                {...input}
                rows={5}
                value={pairs}
                onChange={(e) => {
                  setPairs(e.target.value);
                  put({ values: readPairs(e.target.value) });
                }}
              />
            )}
          </Labelled>
          {text('else', t('import.else'))}
        </>
      );
    case 'default':
    case 'constant':
      return text('value', t('import.value'));
    default:
      return null;
  }
}
