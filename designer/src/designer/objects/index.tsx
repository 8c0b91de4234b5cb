// All objects, and how a new one begins.
import { PlusOutlined } from '@ant-design/icons';
import { createLazyRoute, Link, useNavigate } from '@tanstack/react-router';
import { Button, Input, Modal } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { Labelled } from '@/shared/ui/labelled';
import { PageTitle } from '@/shared/ui/page';
import { TextPair } from '../form';
import { objectsOf, tenant, withDoc } from '../model/files';
import { useDraft } from '../setup/draft';
import { pairOf } from '../texts';

export const Route = createLazyRoute('/_shell/setup/objects')({ component: Objects });

function Objects() {
  const { t, i18n } = useTranslation();
  const { all, changes } = useDraft();
  const [q, setQ] = useState('');
  const [fresh, setFresh] = useState(false);
  const rows = useMemo(
    () =>
      objectsOf(all)
        .map((o) => ({ ...o, text: (typeof o.label === 'string' ? o.label : textIn(o.label as Text, i18n.language)) || o.name }))
        .filter((o) => `${o.name} ${o.text} ${o.pkg}`.toLowerCase().includes(q.toLowerCase())),
    [all, q, i18n.language],
  );
  const touched = (name: string, pkg: string) => Object.keys(changes).some((p) => p.startsWith(`objects/${name}/`) || p === `extend/${name}.json` || p.startsWith(`overlays/${pkg}/objects/${name}/`));
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.objects')}</PageTitle>
        <span className="grow" />
        <Input.Search className="find" allowClear aria-label={t('objects.find')} placeholder={t('objects.find')} onChange={(e) => setQ(e.target.value)} />
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setFresh(true)}>
          {t('objects.new')}
        </Button>
      </div>
      <div className="card scroll-x" tabIndex={0} role="region" aria-label={t('setup.page.objects')}>
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('setup.label')}</th>
              <th>{t('setup.name')}</th>
              <th>{t('setup.package')}</th>
              <th>{t('setup.state')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((o) => (
              <tr key={o.name}>
                <td>
                  <Link to="/setup/objects/$object" params={{ object: o.name }}>
                    {o.text}
                  </Link>
                </td>
                <td className="mono">{o.name}</td>
                <td>{o.pkg}</td>
                <td>{touched(o.name, o.pkg) ? t('setup.changed') : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {fresh && <NewObject onClose={() => setFresh(false)} />}
    </div>
  );
}

const form = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

function NewObject({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { all, edit } = useDraft();
  const navigate = useNavigate();
  const [label, setLabel] = useState<Json>();
  const [plural, setPlural] = useState<Json>();
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const en = typeof label === 'object' && label && 'en' in label ? String(label.en) : '';
  const auto = name || en.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[_\d]+|_$/g, '');
  const wrong = !form.test(auto) ? t('objects.badName') : objectsOf(all).some((o) => o.name === auto) ? t('objects.taken') : undefined;
  const make = () => {
    setTried(true);
    if (wrong) return;
    const doc = { name: auto, label: label ?? auto, ...(plural ? { pluralLabel: plural } : {}), nameField: 'name', sharing: 'private', features: ['history', 'search'], fields: [{ name: 'name', type: 'text', label: pairOf('objects.nameField'), required: true, search: true }] };
    edit((now) => withDoc(now, { pkg: tenant, path: `objects/${auto}/object.json` }, doc));
    void navigate({ to: '/setup/objects/$object', params: { object: auto } });
  };
  return (
    <Modal open title={t('objects.new')} onCancel={onClose} onOk={make} okText={t('setup.create')} cancelText={t('form.cancel')}>
      <div className="schema-form">
        <TextPair label={t('setup.label')} value={label} onChange={setLabel} required />
        <TextPair label={t('objects.plural')} value={plural} onChange={setPlural} />
        <Labelled label={t('setup.name')} help={t('objects.nameHelp')} error={tried ? wrong : undefined} required>
          {(input) => <Input {...input} className="mono" value={auto} onChange={(e) => setName(e.target.value)} />}
        </Labelled>
      </div>
    </Modal>
  );
}
