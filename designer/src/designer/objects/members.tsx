// The fields, rules or record types of an object, and a drawer in which one is changed.
import { DeleteOutlined, DownOutlined, PlusOutlined, UpOutlined } from '@ant-design/icons';
import { Button, Drawer, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { Labelled } from '@/shared/ui/labelled';
import { SchemaForm, titleOf } from '../form';
import { objectOf } from '../model/files';
import { isDoc, nameOf, type Doc } from '../model/overlay';
import { fresh, moved } from '../model/places';
import { describe, fieldType, resolve, type Schema } from '../model/schema';
import { usedIn } from '../model/uses';
import { useDraft } from '../setup/draft';
import type { TabProps } from './object';

type List = 'fields' | 'rules' | 'recordTypes';

const parts: Record<List, { def: string; first: string[] }> = {
  fields: { def: 'Field', first: ['label', 'name', 'type', 'required', 'to', 'picklist', 'values', 'expr', 'maxLength', 'default', 'help'] },
  rules: { def: 'Rule', first: ['name', 'when', 'message', 'field', 'severity'] },
  recordTypes: { def: 'RecordType', first: ['label', 'name'] },
};

export function Members({ o, put, root, list }: TabProps & { root: Schema; list: List }) {
  const { t, i18n } = useTranslation();
  const { all, active } = useDraft();
  const [opened, setOpened] = useState<{ at: number; published: boolean }>();
  const open = opened?.at;
  const rows = ((o.doc[list] as Json[] | undefined) ?? []).filter(isDoc);
  const serving = ((objectOf(active, o.name)?.doc[list] as Json[] | undefined) ?? []).map(nameOf);
  const setOpen = (at: number | undefined) => setOpened(at === undefined ? undefined : { at, published: serving.includes(nameOf(rows[at]) ?? '') });
  const set = (v: Doc[]) => put({ ...o.doc, [list]: v });
  const add = () => {
    const name = fresh(list === 'fields' ? 'field' : list === 'rules' ? 'rule' : 'type', rows.map((r) => nameOf(r) ?? ''));
    set([...rows, list === 'fields' ? { name, type: 'text' } : list === 'rules' ? { name, when: '', message: {} } : { name, label: {} }]);
    setOpen(rows.length);
  };
  const summary = (r: Doc) => (list === 'rules' ? String(r.when ?? '') : list === 'fields' ? fieldType(root, String(r.type ?? ''), i18n.language) : '');
  const own = (r: Doc) => (o.from[`${list}.${nameOf(r)}`] ?? 'tenant') === 'tenant';
  const movable = (i: number, by: number) => !!rows[i + by] && own(rows[i]!) && own(rows[i + by]!);
  return (
    <div className="card scroll-x" tabIndex={0} role="region" aria-label={t(`objects.${list === 'recordTypes' ? 'types' : list}`)}>
      <div className="bar">
        <Button type="primary" icon={<PlusOutlined />} onClick={add}>
          {t(`objects.add.${list}`)}
        </Button>
      </div>
      <table className="plain-table">
        <thead>
          <tr>
            <th>{t('setup.label')}</th>
            <th>{t(list === 'rules' ? 'objects.condition' : 'objects.kind')}</th>
            <th>{t('setup.package')}</th>
            <th>{t('setup.actions')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r, i) => {
            const title = titleOf(r, i18n.language);
            const uses = usedIn(all, o.name, list, nameOf(r) ?? '');
            return (
              <tr key={i}>
                <td>
                  <button type="button" className="plain link" onClick={() => setOpen(i)}>
                    {title}
                  </button>
                  {r.required === true && <span className="must" aria-label={t('objects.required')} role="img" />}
                </td>
                <td className={list === 'rules' ? 'mono clip' : 'clip'}>{summary(r)}</td>
                <td>{o.from[`${list}.${nameOf(r)}`] ?? 'tenant'}</td>
                <td>
                  <Button size="small" type="text" icon={<UpOutlined />} disabled={!movable(i, -1)} aria-label={t('form.up', { name: title })} onClick={() => set(moved(rows, i, i - 1))} />
                  <Button size="small" type="text" icon={<DownOutlined />} disabled={!movable(i, 1)} aria-label={t('form.down', { name: title })} onClick={() => set(moved(rows, i, i + 1))} />
                  <Popconfirm
                    title={t('form.removeOne', { name: title })}
                    description={uses.length ? t('objects.usedIn', { places: uses.slice(0, 5).join(', ') }) : t('objects.unused')}
                    okText={t('setup.remove')}
                    cancelText={t('form.cancel')}
                    onConfirm={() => set(rows.filter((_, n) => n !== i))}
                  >
                    <Button size="small" type="text" danger icon={<DeleteOutlined />} aria-label={t('form.removeOne', { name: title })} />
                  </Popconfirm>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {open !== undefined && rows[open] && (
        <Drawer open onClose={() => setOpen(undefined)} title={titleOf(rows[open], i18n.language)} size={560}>
          <MemberForm root={root} list={list} value={rows[open]} onChange={(v) => set(rows.map((r, n) => (n === open ? v : r)))} published={!!opened?.published} own={own(rows[open])} />
        </Drawer>
      )}
    </div>
  );
}

function MemberForm({ root, list, value, onChange, published, own }: { root: Schema; list: List; value: Doc; onChange: (v: Doc) => void; published: boolean; own: boolean }) {
  const { t, i18n } = useTranslation();
  const { def, first } = parts[list];
  const schema = root.$defs?.[def] ?? {};
  const kinds = resolve(root, schema).properties?.type;
  const hide = [...(list === 'fields' ? ['type'] : []), ...(published ? ['name'] : [])];
  return (
    <>
      {list === 'fields' && (
        <Labelled label={t('objects.kind')} help={describe({ description: kinds?.enumDescriptions?.[kinds.enum?.indexOf(String(value.type)) ?? -1] }, i18n.language)} required>
          {(input) => (
            <Select
              {...input}
              className="full"
              showSearch
              optionFilterProp="label"
              disabled={!own}
              value={String(value.type)}
              onChange={(type: string) => onChange({ ...value, type })}
              options={(kinds?.enum ?? []).map((k) => ({ value: k, label: `${fieldType(root, k, i18n.language)} (${k})` }))}
            />
          )}
        </Labelled>
      )}
      <SchemaForm root={root} schema={schema} value={value} onChange={onChange} hide={hide} first={first} />
    </>
  );
}
