// An input for expressions: names and functions are completed, what is wrong is marked while one types, by the
// server, on the metadata as the draft has it; and it can be tried on a record.
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/shared/api/http';
import type { InputProps } from '@/shared/ui/labelled';
import { BesideContext } from '../form/hints';
import { useDraft } from '../setup/draft';
import { RecordPick } from '../setup/record';
import { admin } from '../setup/api';
import { CodeInput } from './code';
import { completion, diagnostics } from './language';

interface Props {
  input: InputProps;
  name: string;
  object: string;
  condition: boolean;
  value: string;
  onChange: (v: string) => void;
  disabled?: boolean;
}

export function ExpressionInput({ input, name, object, condition, value, onChange, disabled }: Props) {
  const { t, i18n } = useTranslation();
  const { all } = useDraft();
  const { names } = useContext(BesideContext);
  const [type, setType] = useState<string>();
  return (
    <div>
      <CodeInput
        input={input}
        label={name}
        value={value}
        onChange={onChange}
        readOnly={disabled}
        complete={completion(all, object, i18n.language, names)}
        check={(text) => diagnostics({ all, object, text, condition, names, locale: i18n.language, found: setType })}
      />
      <div className="bar">
        {type && <span className="quiet">{t('expression.gives', { type })}</span>}
        <Trial object={object} value={value} condition={condition} />
      </div>
    </div>
  );
}

/** Trial computes the expression over a record that there is. */
function Trial({ object, value, condition }: { object: string; value: string; condition: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [record, setRecord] = useState<string>();
  const run = useMutation({ mutationFn: () => admin<{ evaluate: string | null }>('query($r: ID!, $t: String!, $c: Boolean) { evaluate(record: $r, text: $t, condition: $c) }', { r: record, t: value, c: condition }) });
  if (!open)
    return (
      <Button size="small" type="link" disabled={!value} onClick={() => setOpen(true)}>
        {t('expression.try')}
      </Button>
    );
  return (
    <>
      <RecordPick object={object} label={t('expression.record')} value={record} onChange={setRecord} />
      <Button size="small" disabled={!record || !value} loading={run.isPending} onClick={() => run.mutate()}>
        {t('expression.run')}
      </Button>
      <span role="status">
        {run.data && <code>{run.data.evaluate ?? t('value.none')}</code>}
        {run.error && <span className="field-error">{run.error instanceof ApiError ? run.error.message : String(run.error)}</span>}
      </span>
    </>
  );
}
