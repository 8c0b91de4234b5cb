// All automations, and how a new one begins: with what starts it.
import { PlusOutlined } from '@ant-design/icons';
import { createLazyRoute, Link, useNavigate } from '@tanstack/react-router';
import { Button, Input, Modal, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { Labelled } from '@/shared/ui/labelled';
import { PageTitle } from '@/shared/ui/page';
import { TextPair, titleOf } from '../form';
import { newFlow, triggerTypes, type TriggerType } from '../model/automation';
import { filesOf, objectsOf, tenant, withDoc } from '../model/files';
import { isDoc } from '../model/overlay';
import { useDraft } from '../setup/draft';

export const Route = createLazyRoute('/_shell/setup/flows')({ component: Flows });

function Flows() {
  const { t, i18n } = useTranslation();
  const { all } = useDraft();
  const [fresh, setFresh] = useState(false);
  const [typed, setTyped] = useState('');
  const rows = useMemo(() => filesOf(all, /^flows\/[^/]+\.json$/).map((r) => ({ ...r, title: titleOf(r.doc, i18n.language) || r.path, trigger: isDoc(r.doc.trigger) ? r.doc.trigger : {} })), [all, i18n.language]);
  const wanted = typed.trim().toLocaleLowerCase();
  const shown = rows.filter((r) => !wanted || `${r.title} ${String(r.trigger.object ?? '')}`.toLocaleLowerCase().includes(wanted));
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.flow')}</PageTitle>
        <span className="grow" />
        <Input className="find" allowClear aria-label={t('flow.find')} placeholder={t('flow.find')} value={typed} onChange={(e) => setTyped(e.target.value)} />
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setFresh(true)}>
          {t('flow.new')}
        </Button>
      </div>
      <div className="card scroll-x" tabIndex={0} role="region" aria-label={t('setup.page.flow')}>
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('setup.label')}</th>
              <th>{t('flow.trigger')}</th>
              <th>{t('access.object')}</th>
              <th>{t('setup.package')}</th>
              <th>{t('setup.state')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((r) => (
              <tr key={`${r.pkg}/${r.path}`}>
                <td>
                  <Link to="/setup/flows/$pkg/$key" params={{ pkg: r.pkg, key: r.path.slice('flows/'.length, -'.json'.length) }}>
                    {r.title}
                  </Link>
                </td>
                <td>{t(`flow.on.${String(r.trigger.type)}`)}</td>
                <td className="mono">{String(r.trigger.object ?? '')}</td>
                <td>{r.pkg}</td>
                <td>{r.changed && r.pkg !== tenant ? t('setup.changed') : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p className="quiet">{t('files.none')}</p>}
      </div>
      {fresh && <NewFlow onClose={() => setFresh(false)} />}
    </div>
  );
}

const ofRecords = new Set<TriggerType>(['record', 'date', 'button', 'approval']);

function NewFlow({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { all, edit } = useDraft();
  const navigate = useNavigate();
  const [key, setKey] = useState('');
  const [label, setLabel] = useState<Json>();
  const [type, setType] = useState<TriggerType>('record');
  const [object, setObject] = useState<string>();
  const path = `flows/${key}.json`;
  const wrong = key === '' ? undefined : !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(key) ? t('objects.badName') : Object.values(all).some((f) => path in f) ? t('objects.taken') : undefined;
  const needs = ofRecords.has(type);
  const make = () => {
    edit((now) => withDoc(now, { pkg: tenant, path }, newFlow(key, label ?? key, type, needs ? object : undefined)));
    void navigate({ to: '/setup/flows/$pkg/$key', params: { pkg: tenant, key } });
  };
  return (
    <Modal open title={t('flow.new')} onCancel={onClose} onOk={make} okText={t('setup.create')} cancelText={t('form.cancel')} okButtonProps={{ disabled: !key || !!wrong || (needs && !object) }}>
      <div className="schema-form">
        <TextPair label={t('setup.label')} value={label} onChange={setLabel} required />
        <Labelled label={t('setup.name')} help={t('objects.nameHelp')} error={wrong} required>
          {(input) => <Input {...input} className="mono" value={key} onChange={(e) => setKey(e.target.value)} />}
        </Labelled>
        <Labelled label={t('flow.trigger')} required>
          {(input) => <Select {...input} className="full" value={type} onChange={setType} options={triggerTypes.map((v) => ({ value: v, label: t(`flow.on.${v}`) }))} />}
        </Labelled>
        {needs && (
          <Labelled label={t('access.object')} required>
            {(input) => <Select {...input} className="full" showSearch optionFilterProp="label" value={object} onChange={setObject} options={objectsOf(all).map((o) => ({ value: o.name, label: `${textIn(o.label as Text, i18n.language)} (${o.name})` }))} />}
          </Labelled>
        )}
      </div>
    </Modal>
  );
}
