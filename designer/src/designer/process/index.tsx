// All approval processes, and how a new one begins: two people after each other.
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
import { filesOf, objectsOf, tenant, withDoc } from '../model/files';
import { useDraft } from '../setup/draft';

export const Route = createLazyRoute('/_shell/setup/approvals')({ component: Approvals });

function Approvals() {
  const { t, i18n } = useTranslation();
  const { all } = useDraft();
  const [fresh, setFresh] = useState(false);
  const rows = useMemo(() => filesOf(all, /^approvals\/[^/]+\.json$/), [all]);
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.approvals')}</PageTitle>
        <span className="grow" />
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setFresh(true)}>
          {t('process.new')}
        </Button>
      </div>
      <div className="card scroll-x" tabIndex={0} role="region" aria-label={t('setup.page.approvals')}>
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('setup.label')}</th>
              <th>{t('access.object')}</th>
              <th>{t('setup.package')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={`${r.pkg}/${r.path}`}>
                <td>
                  <Link to="/setup/approvals/$pkg/$key" params={{ pkg: r.pkg, key: r.path.slice('approvals/'.length, -'.json'.length) }}>
                    {titleOf(r.doc, i18n.language) || r.path}
                  </Link>
                </td>
                <td className="mono">{String(r.doc.object ?? '')}</td>
                <td>{r.pkg}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p className="quiet">{t('files.none')}</p>}
      </div>
      {fresh && <NewProcess onClose={() => setFresh(false)} />}
    </div>
  );
}

function NewProcess({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { all, edit } = useDraft();
  const navigate = useNavigate();
  const [key, setKey] = useState('');
  const [label, setLabel] = useState<Json>();
  const [object, setObject] = useState<string>();
  const path = `approvals/${key}.json`;
  const wrong = key === '' ? undefined : !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(key) ? t('objects.badName') : Object.values(all).some((f) => path in f) ? t('objects.taken') : undefined;
  const make = () => {
    edit((now) => withDoc(now, { pkg: tenant, path }, { kind: 'approval', key, schema: 1, object: object!, label: label ?? key, entry: { unique: 'one_active_per_record' }, lock: { mode: 'all' }, flow: [] }));
    void navigate({ to: '/setup/approvals/$pkg/$key', params: { pkg: tenant, key } });
  };
  return (
    <Modal open title={t('process.new')} onCancel={onClose} onOk={make} okText={t('setup.create')} cancelText={t('form.cancel')} okButtonProps={{ disabled: !key || !!wrong || !object }}>
      <div className="schema-form">
        <TextPair label={t('setup.label')} value={label} onChange={setLabel} required />
        <Labelled label={t('setup.name')} help={t('objects.nameHelp')} error={wrong} required>
          {(input) => <Input {...input} className="mono" value={key} onChange={(e) => setKey(e.target.value)} />}
        </Labelled>
        <Labelled label={t('access.object')} required>
          {(input) => <Select {...input} className="full" showSearch optionFilterProp="label" value={object} onChange={setObject} options={objectsOf(all).map((o) => ({ value: o.name, label: `${textIn(o.label as Text, i18n.language)} (${o.name})` }))} />}
        </Labelled>
      </div>
    </Modal>
  );
}
