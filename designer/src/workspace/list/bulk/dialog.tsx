// A bulk operation from its question to what became of each record.
import { Button, Modal, Select } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { useText } from '@/shared/meta/load';
import type { Action, Field, ObjectMeta } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { Labelled } from '@/shared/ui/labelled';
import { Inputs } from '../../form/inputs';
import { given, type Values } from '../../form/values';
import type { Listing } from '../query';
import type { Selection } from '../selection';
import { Report } from './report';
import { run, type Outcome, type Progress, type Write } from './run';
import { act, drop, gather, restore, set } from './writes';

export type Task = { kind: 'set'; field?: Field } | { kind: 'act'; action: Action } | { kind: 'delete' };

interface Props {
  meta: ObjectMeta;
  listing: Listing;
  selection: Selection;
  count: number;
  task: Task;
  onClose: (done: boolean) => void;
}

const batch = 100; // rows of one request
const few = 4; // actions at a time

export function Dialog({ meta, listing, selection, count, task, onClose }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const [field, setField] = useState(task.kind === 'set' ? task.field : undefined);
  const [values, setValues] = useState<Values>(() => Object.fromEntries((task.kind === 'act' ? (task.action.fields ?? []) : []).map((f) => [f.api, f.default ?? null])));
  const [progress, setProgress] = useState<Progress>();
  const [outcome, setOutcome] = useState<Outcome[]>();
  const [undone, setUndone] = useState<Outcome[]>();
  const [error, setError] = useState<string>();
  const stop = useRef(false);
  const wrote = useRef(false);

  const go = async (write: Write, size: number, find: () => Promise<{ targets: Outcome[]; gone: Outcome[] }>, show: (o: Outcome[]) => void) => {
    stop.current = false;
    setError(undefined);
    setProgress({ done: 0, failed: 0, of: count });
    try {
      const { targets, gone } = await find();
      wrote.current ||= targets.length > 0;
      show([...(await run(targets, size, write, setProgress, () => stop.current)), ...gone]);
    } catch (e) {
      setError((e as Error).message);
    }
    setProgress(undefined);
  };
  const start = () => {
    const chosen = task.kind === 'set' ? field : undefined;
    const write = task.kind === 'delete' ? drop(meta) : task.kind === 'act' ? act(task.action, task.action.input ? given(values) : undefined) : set(meta, field!, () => (values[field!.api] ?? null) as Json);
    return go(write, task.kind === 'act' ? few : batch, () => gather(meta, listing, selection, chosen, () => stop.current), setOutcome);
  };
  const undo = () => {
    const targets = outcome!.filter((o) => !o.error);
    return go(task.kind === 'delete' ? restore(meta) : set(meta, field!, (o) => o.was ?? null), task.kind === 'delete' ? few : batch, () => Promise.resolve({ targets, gone: [] }), setUndone);
  };

  const title = task.kind === 'delete' ? t('bulk.delete', { count }) : task.kind === 'act' ? t('bulk.act', { action: text(task.action.label), count }) : t('bulk.set', { count });
  const shown = undone ?? outcome;
  const ready = task.kind !== 'set' || (field && !(field.required && (values[field.api] ?? null) === null));
  return (
    <Modal
      open
      title={title}
      mask={{ closable: false }}
      onCancel={() => (progress ? (stop.current = true) : onClose(wrote.current))}
      footer={
        progress ? (
          <Button onClick={() => (stop.current = true)}>{t('bulk.stop')}</Button>
        ) : shown ? (
          <>
            {!undone && task.kind !== 'act' && shown.some((o) => !o.error) && <Button onClick={() => void undo()}>{t('bulk.undo')}</Button>}
            <Button type="primary" onClick={() => onClose(wrote.current)}>
              {t('bulk.close')}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={() => onClose(wrote.current)}>{t('form.cancel')}</Button>
            <Button type="primary" danger={task.kind === 'delete'} disabled={!ready || count === 0} onClick={() => void start()}>
              {task.kind === 'delete' ? t('record.delete') : task.kind === 'act' ? text(task.action.label) : t('bulk.go')}
            </Button>
          </>
        )
      }
    >
      {error && (
        <p role="alert" className="field-error">
          {error}
        </p>
      )}
      {progress ? (
        <div className="field" role="status">
          <progress className="full" aria-label={title} value={progress.done} max={Math.max(1, progress.of)} />
          {t('bulk.progress', { done: progress.done, of: progress.of })}
        </div>
      ) : shown ? (
        <Report meta={meta} outcomes={shown} undone={!!undone} />
      ) : task.kind === 'delete' ? (
        <p>{t('bulk.deleteAsk')}</p>
      ) : task.kind === 'act' ? (
        <>
          {task.action.help && <p>{text(task.action.help)}</p>}
          <Inputs fields={task.action.fields ?? []} object={meta.name} values={values} onChange={setValues} />
        </>
      ) : (
        <>
          {!task.field && (
            <Labelled label={t('filter.field')} required>
              {(a) => <Select {...a} className="full" showSearch={{ optionFilterProp: 'label' }} value={field?.api} options={meta.fields.filter((f) => f.writable && !f.unique && uiOf(f).Edit && !f.parts).map((f) => ({ value: f.api, label: text(f.label) || f.api }))} onChange={(v) => setField(meta.fields.find((f) => f.api === v))} />}
            </Labelled>
          )}
          {field && <Inputs key={field.api} fields={[field]} object={meta.name} values={values} onChange={setValues} />}
        </>
      )}
    </Modal>
  );
}
