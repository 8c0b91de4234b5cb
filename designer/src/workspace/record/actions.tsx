// What one can do with a record besides editing it: its declared actions, and deleting it.
import { MoreOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Dropdown, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, type Row } from '@/shared/api/graphql';
import { useText } from '@/shared/meta/load';
import type { Action, ObjectMeta } from '@/shared/meta/types';
import { Inputs } from '../form/inputs';
import { given, type Values } from '../form/values';
import { remove } from '../form/write';

export function MoreActions({ meta, row, onChange }: { meta: ObjectMeta; row: Row; onChange: () => void }) {
  const { t } = useTranslation();
  const text = useText();
  const navigate = useNavigate();
  const { modal, notification } = App.useApp();
  const [running, setRunning] = useState<Action>();
  const drop = useMutation({
    mutationFn: () => remove(meta, row.id, row.version as number),
    onSuccess: () => void navigate({ to: '/o/$object', params: { object: meta.name } }),
    onError: (e) => notification.error({ title: e.message, placement: 'bottomRight' }),
  });
  const actions = meta.actions.filter((a) => !a.onObject);
  const items = [...actions.map((a) => ({ key: a.name, label: text(a.label) })), ...(meta.may.delete ? [{ key: '!delete', label: t('record.delete'), danger: true }] : [])];
  if (items.length === 0) return null;
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items,
          onClick: ({ key }) => {
            if (key === '!delete') modal.confirm({ title: t('record.deleteAsk'), okText: t('record.delete'), cancelText: t('form.cancel'), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync().catch(() => {}) });
            else setRunning(actions.find((a) => a.name === key));
          },
        }}
      >
        <Button icon={<MoreOutlined />} aria-label={t('app.more')} aria-haspopup="menu" />
      </Dropdown>
      {running && (
        <RunAction
          meta={meta}
          row={row}
          action={running}
          onClose={(done) => {
            setRunning(undefined);
            if (done) onChange();
          }}
        />
      )}
    </>
  );
}

function RunAction({ meta, row, action, onClose }: { meta: ObjectMeta; row: Row; action: Action; onClose: (done: boolean) => void }) {
  const { t } = useTranslation();
  const text = useText();
  const [values, setValues] = useState<Values>(() => Object.fromEntries((action.fields ?? []).map((f) => [f.api, f.default ?? null])));
  const run = useMutation({
    mutationFn: () => {
      const input = action.input ? given(values) : undefined;
      return graphql(`mutation Run($id: ID!${input ? `, $input: ${action.input}!` : ''}) { result: ${action.name}(id: $id${input ? ', input: $input' : ''}) { __typename } }`, { id: row.id, ...(input ? { input } : {}) });
    },
    onSuccess: () => onClose(true),
  });
  return (
    <Modal open title={text(action.label)} okText={text(action.label)} cancelText={t('form.cancel')} confirmLoading={run.isPending} onOk={() => run.mutate()} onCancel={() => onClose(false)}>
      {action.help && <p>{text(action.help)}</p>}
      {run.error && (
        <p role="alert" className="field-error">
          {run.error.message}
        </p>
      )}
      <Inputs fields={action.fields ?? []} object={meta.name} values={values} onChange={setValues} />
    </Modal>
  );
}
