// The form of a record: inputs by layout, rules judged while one types, and what the server refuses at its field.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Failure } from '@/shared/api/graphql';
import { ApiError } from '@/shared/api/http';
import { useIndex, useText } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import { FormField } from './field';
import { initialValues, judge, layoutFor, place, scopeOf, shownSections, writableFields } from './model';
import { changed, given, type Values } from './values';
import { create, update, type Written } from './write';

export interface FormProps {
  meta: ObjectMeta;
  row?: Values; // none: a new record
  start?: Values; // what a new record is given to begin with
  onDone: (written: Written) => void;
  onCancel: () => void;
}

export function RecordForm({ meta, row, start, onDone, onCancel }: FormProps) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const client = useQueryClient();
  const { notification } = App.useApp();
  const layout = layoutFor(meta, row ?? start);
  const fields = useMemo(() => writableFields(meta, layout), [meta, layout]);
  const before = useMemo(() => initialValues(meta, fields, row, start), [meta, fields, row, start]);
  const { control, handleSubmit, formState, clearErrors, setError } = useForm<Values>({ defaultValues: before, mode: 'onBlur' });
  const values = useDeferredValue(useWatch({ control }) as Values);
  const [rest, setRest] = useState<string[]>([]);
  const alert = useRef<HTMLDivElement>(null);
  const scope = scopeOf(meta, index, values, row);
  const sections = shownSections(layout, scope);
  const found = judge(meta, scope);
  const shown = new Set(sections.flatMap((s) => s.fields.map((i) => i.field)));
  const tried = formState.submitCount > 0;

  const save = useMutation({
    mutationFn: (v: Values) => (row ? update(meta, String(row.id), changed(v, before), row.version as number) : create(meta, given(v))),
    onSuccess: (w) => {
      for (const warning of w.warnings) notification.warning({ title: warning.message, placement: 'bottomRight' });
      void client.invalidateQueries({ queryKey: ['list', meta.name] });
      void client.invalidateQueries({ queryKey: ['count', meta.name] });
      onDone(w);
    },
    onError: (e) => {
      const placed = place(meta, shown, (e as unknown as Failure).all ?? [e as ApiError]);
      for (const [name, message] of Object.entries(placed.fields)) setError(name, { type: 'server', message }, { shouldFocus: true });
      setRest(placed.rest);
    },
  });
  useEffect(() => {
    if (rest.length) alert.current?.focus();
  }, [rest]);

  const submit = handleSubmit((v) => {
    setRest([]);
    const broken = judge(meta, scopeOf(meta, index, v, row)).errors;
    const at = Object.keys(broken).find((name) => shown.has(name));
    if (at) return setError(at, { type: 'rule', message: text(broken[at]!.message) }, { shouldFocus: true });
    if (broken['']) return setRest([text(broken[''].message)]);
    if (row && Object.keys(changed(v, before)).length === 0) return onCancel();
    save.mutate(v);
  });

  return (
    <form className="record-form" onSubmit={(e) => void submit(e)} noValidate aria-label={text(meta.label)}>
      {rest.length > 0 && (
        <div ref={alert} tabIndex={-1} role="alert">
          <Alert type="error" showIcon title={rest.join(' ')} />
        </div>
      )}
      {sections.map((s, n) => (
        <fieldset key={n} className="card section">
          <legend>{text(s.label)}</legend>
          <div className="fields" data-columns={s.columns}>
            {s.fields.map((item) => {
              const f = fields.find((x) => x.api === item.field);
              const dirty = tried || !!formState.touchedFields[item.field] || !!formState.dirtyFields[item.field];
              return (
                f && (
                  <FormField
                    key={f.api}
                    meta={meta}
                    field={f}
                    row={{ ...row, ...values }}
                    control={control}
                    wide={item.wide}
                    broken={dirty ? text(found.errors[f.api]?.message) : undefined}
                    warning={dirty ? text(found.warnings[f.api]?.message) : undefined}
                    onEdit={() => formState.errors[f.api]?.type !== 'required' && clearErrors(f.api)}
                  />
                )
              );
            })}
          </div>
        </fieldset>
      ))}
      <div className="form-bar">
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('form.save')}
        </Button>
        <Button onClick={onCancel}>{t('form.cancel')}</Button>
      </div>
    </form>
  );
}
