// The form of an order for runs: why, from where, and which values are given.
import { Alert, Button, Checkbox, Drawer, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { Labelled, type InputProps } from '@/shared/ui/labelled';
import { valuesOf } from '../model/remedies';

export interface Given {
  reason: string;
  key: string; // so that an order that is sent again is the same
  step?: string;
  vars?: Record<string, Json>;
  out?: Record<string, Json>;
}

interface Props {
  title: string;
  help: string;
  vars?: Record<string, string>; // kinds by name
  now?: Record<string, string>; // what the variables are; nobody says: they differ from run to run
  out?: Record<string, string>;
  from?: string[];
  busy: boolean;
  error?: string;
  onGiven: (given: Given) => void;
  onClose: () => void;
}

const some = (x: Record<string, unknown>): boolean => Object.keys(x).length > 0;

export function RemedyForm({ title, help, vars = {}, now, out = {}, from, busy, error, onGiven, onClose }: Props) {
  const { t } = useTranslation();
  const [key] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState('');
  const [step, setStep] = useState<string>();
  const [given, setGiven] = useState<Record<string, string>>({});
  const [result, setResult] = useState<Record<string, string>>({});
  const [tried, setTried] = useState(false);
  const edited = valuesOf(vars, given);
  const gives = valuesOf(out, Object.fromEntries(Object.entries(result).filter(([, v]) => v.trim() !== '')));
  const lacks = !reason.trim() || (from !== undefined && !step) || edited.wrong.length > 0 || gives.wrong.length > 0;
  const send = () => {
    setTried(true);
    if (!lacks) onGiven({ reason, key, step, vars: some(edited.values) ? edited.values : undefined, out: some(gives.values) ? gives.values : undefined });
  };
  return (
    <Drawer open size={560} onClose={onClose} title={title}>
      <form
        className="fields"
        onSubmit={(e) => {
          e.preventDefault();
          send();
        }}
      >
        <p className="quiet">{help}</p>
        {from && (
          <Labelled label={t('operate.step')} required error={tried && !step ? t('operate.needed') : undefined}>
            {(input) => <Select {...input} className="wide" value={step} onChange={(v: string) => setStep(v)} options={from.map((s) => ({ value: s, label: s }))} />}
          </Labelled>
        )}
        <Labelled label={t('operate.reason')} required error={tried && !reason.trim() ? t('operate.needed') : undefined}>
          {(input) => <Input.TextArea {...input} rows={2} maxLength={1000} value={reason} onChange={(e) => setReason(e.target.value)} />}
        </Labelled>
        {some(out) && (
          <fieldset className="group">
            <legend>{t('operate.out')}</legend>
            <p className="quiet">{t('operate.out.help')}</p>
            {Object.keys(out).map((name) => (
              <Labelled key={name} label={`${name} (${out[name]})`} error={gives.wrong.includes(name) ? t('operate.wrong', { kind: out[name] }) : undefined}>
                {(input) => <Typed input={input} kind={out[name]!} value={result[name] ?? ''} onChange={(v) => setResult({ ...result, [name]: v })} />}
              </Labelled>
            ))}
          </fieldset>
        )}
        {some(vars) && (
          <fieldset className="group">
            <legend>{t('operate.vars')}</legend>
            {Object.keys(vars).map((name) => (
              <div key={name}>
                <Checkbox
                  checked={name in given}
                  onChange={(e) => {
                    const { [name]: _, ...rest } = given;
                    setGiven(e.target.checked ? { ...given, [name]: now?.[name] === '•••' ? '' : (now?.[name] ?? '') } : rest);
                  }}
                >
                  {now ? t('operate.change', { name }) : t('operate.set', { name })} {now && <span className="quiet">{now[name] ?? t('operate.empty')}</span>}
                </Checkbox>
                {name in given && (
                  <Labelled label={`${name} (${vars[name]})`} error={edited.wrong.includes(name) ? t('operate.wrong', { kind: vars[name] }) : undefined}>
                    {(input) => <Typed input={input} kind={vars[name]!} value={given[name]!} onChange={(v) => setGiven({ ...given, [name]: v })} />}
                  </Labelled>
                )}
              </div>
            ))}
          </fieldset>
        )}
        {error && <Alert className="section" type="error" showIcon title={error} />}
        <div className="bar section">
          <Button type="primary" htmlType="submit" loading={busy}>
            {title}
          </Button>
          <Button onClick={onClose}>{t('operate.close')}</Button>
        </div>
      </form>
    </Drawer>
  );
}

function Typed({ input, kind, value, onChange }: { input: InputProps; kind: string; value: string; onChange: (v: string) => void }) {
  const { t } = useTranslation();
  if (kind === 'bool')
    return (
      <Select
        {...input}
        className="wide"
        allowClear
        value={value || undefined}
        onChange={(v?: string) => onChange(v ?? '')}
        options={[
          { value: 'true', label: t('operate.yes') },
          { value: 'false', label: t('operate.no') },
        ]}
      />
    );
  const hints: Record<string, string> = { date: '2026-01-31', datetime: '2026-01-31T08:00:00Z', list: 'lead_1, lead_2', ref: 'lead_1' };
  return <Input {...input} inputMode={kind === 'int' || kind === 'decimal' ? 'decimal' : undefined} placeholder={hints[kind]} value={value} onChange={(e) => onChange(e.target.value)} />;
}
