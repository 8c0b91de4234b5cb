// How a view is arranged: its columns, order and kind; kept as columns of one's own, or as a view with a name.
import '../arrange.css';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Checkbox, Drawer, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIndex, useObjectIf, useText } from '@/shared/meta/load';
import { savedQuery, viewEntry } from '@/shared/meta/saved';
import type { Field, ObjectMeta, Sort, View } from '@/shared/meta/types';
import { Labelled } from '@/shared/ui/labelled';
import { changeView, createView, definitionOf, dropView } from '../views';
import { ColumnsEditor } from './columns';
import { SortEditor } from './sort';

interface Props {
  meta: ObjectMeta;
  view: View; // with the filter and order that the list has now
  onClose: () => void;
  onColumns: (v: View) => void;
  onSort: (s: Sort[]) => void;
  onView: (name: string | undefined) => void;
}

const isDay = (f: Field) => ['date', 'datetime'].includes(f.as || f.kind) && !!f.filter;
const isStage = (f: Field) => !!f.choices && !f.operators?.includes('hasAny') && !!f.groupable;

export default function Settings({ meta, view, onClose, onColumns, onSort, onView }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const client = useQueryClient();
  const { modal } = App.useApp();
  const entry = viewEntry(index);
  const mayShare = !!useObjectIf(entry?.name)?.fields.find((f) => f.api === 'shared')?.writable;
  const query = savedQuery(index, meta.name);
  const saved = useQuery(query).data ?? [];
  const own = view.saved?.own ? view.saved : undefined;
  const [draft, setDraft] = useState<View>(view);
  const [name, setName] = useState(own ? text(view.label) : '');
  const [shared, setShared] = useState(!!own?.shared);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const change = (c: Partial<View>) => setDraft({ ...draft, ...c });
  const label = (f: Field) => text(f.label) || f.api;
  const options = (fits: (f: Field) => boolean) => meta.fields.filter(fits).map((f) => ({ value: f.api, label: label(f) }));
  const kinds = (['list', 'kanban', 'calendar'] as const).filter((k) => k === 'list' || meta.fields.some(k === 'kanban' ? isStage : isDay));

  const save = async (what: () => Promise<string | undefined>) => {
    setBusy(true);
    setError(undefined);
    try {
      const then = await what();
      await client.invalidateQueries({ queryKey: query.queryKey });
      onView(then);
      onClose();
    } catch (e) {
      setError((e as Error).message);
      setBusy(false);
    }
  };
  const values = () => ({ name: name.trim(), definition: definitionOf(draft), ...(mayShare ? { shared } : {}) });
  const create = () => save(() => createView(entry!, { ...values(), objectName: meta.name }).then((s) => s.id));
  const update = () => save(() => changeView(entry!, own!.id, values()).then((s) => s.id));
  const drop = () =>
    modal.confirm({ title: t('view.deleteAsk'), okText: t('record.delete'), cancelText: t('form.cancel'), okButtonProps: { danger: true }, onOk: () => save(() => dropView(entry!, own!.id).then(() => undefined)) });
  const mine = saved.find((s) => s.own && s.adjusts === view.name);
  const reset = () => save(() => dropView(entry!, mine!.id).then(() => view.name));
  const apply = () => {
    onColumns({ ...view, columns: draft.columns, widths: draft.widths });
    if (JSON.stringify(draft.sort) !== JSON.stringify(view.sort)) onSort(draft.sort);
    onClose();
  };
  const whole = draft.columns.length > 0 && (draft.kind !== 'kanban' || !!draft.group) && (draft.kind !== 'calendar' || !!draft.from);

  return (
    <Drawer
      open
      onClose={onClose}
      title={t('view.arrange')}
      size={440}
      footer={
        <div className="bar">
          {own ? (
            <Button type="primary" loading={busy} disabled={!whole || !name.trim()} onClick={() => void update()}>
              {t('form.save')}
            </Button>
          ) : (
            <Button type={name.trim() ? 'default' : 'primary'} disabled={!draft.columns.length} onClick={apply}>
              {t('view.apply')}
            </Button>
          )}
          {entry?.create && (
            <Button type={own || !name.trim() ? 'default' : 'primary'} loading={busy} disabled={!whole || !name.trim() || (own && name.trim() === text(view.label))} onClick={() => void create()}>
              {t('view.saveAs')}
            </Button>
          )}
          {own && (
            <Button danger onClick={drop}>
              {t('record.delete')}
            </Button>
          )}
          {mine && entry && <Button onClick={() => void reset()}>{t('view.reset')}</Button>}
        </div>
      }
    >
      <div className="steps settings">
        {error && (
          <p role="alert" className="field-error">
            {error}
          </p>
        )}
        {entry?.create && (
          <>
            <Labelled label={t('view.name')} help={own ? undefined : t('view.nameHelp')}>
              {(a) => <Input {...a} maxLength={80} value={name} onChange={(e) => setName(e.target.value)} />}
            </Labelled>
            {mayShare && (
              <Checkbox checked={shared} onChange={(e) => setShared(e.target.checked)}>
                {t('view.share')}
              </Checkbox>
            )}
          </>
        )}
        {(own || entry?.create) && kinds.length > 1 && (
          <>
            <Labelled label={t('view.kind')}>{(a) => <Select {...a} className="full" value={draft.kind} options={kinds.map((k) => ({ value: k, label: t(`view.kind.${k}`) }))} onChange={(kind) => change({ kind, group: draft.group ?? meta.path?.field })} />}</Labelled>
            {draft.kind === 'kanban' && <Labelled label={t('view.group')}>{(a) => <Select {...a} className="full" value={draft.group} options={options(isStage)} onChange={(group) => change({ group })} />}</Labelled>}
            {draft.kind === 'calendar' && (
              <>
                <Labelled label={t('view.from')}>{(a) => <Select {...a} className="full" value={draft.from} options={options(isDay)} onChange={(from) => change({ from })} />}</Labelled>
                <Labelled label={t('view.to')}>{(a) => <Select {...a} className="full" allowClear value={draft.to} options={options(isDay)} onChange={(to) => change({ to })} />}</Labelled>
              </>
            )}
          </>
        )}
        <ColumnsEditor meta={meta} columns={draft.columns} widths={draft.widths ?? {}} onChange={(columns, widths) => change({ columns, widths })} />
        {draft.kind !== 'calendar' && <SortEditor meta={meta} sort={draft.sort} onChange={(sort) => change({ sort })} />}
      </div>
    </Drawer>
  );
}
