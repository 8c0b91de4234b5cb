// All files of a kind: picklists, roles, flows and so on.
import { PlusOutlined } from '@ant-design/icons';
import { createLazyRoute, Link, useNavigate, useParams } from '@tanstack/react-router';
import { Button, Input, Modal } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Labelled } from '@/shared/ui/labelled';
import { PageTitle } from '@/shared/ui/page';
import { NotFound } from '@/app/states';
import { titleOf } from '../form';
import { filesOf, tenant, withDoc } from '../model/files';
import { useDraft } from '../setup/draft';
import { kinds } from './kinds';

export const Route = createLazyRoute('/_shell/setup/files/$kind')({ component: Page });

function Page() {
  const { kind } = useParams({ strict: false }) as { kind: string };
  return kinds[kind] ? <FileList key={kind} kind={kind} /> : <NotFound />;
}

function FileList({ kind }: { kind: string }) {
  const { t, i18n } = useTranslation();
  const { all } = useDraft();
  const [fresh, setFresh] = useState(false);
  const k = kinds[kind]!;
  const rows = useMemo(() => filesOf(all, k.pattern), [all, k]);
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t(`setup.page.${kind}`)}</PageTitle>
        <span className="grow" />
        {k.fresh && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setFresh(true)}>
            {t('files.new')}
          </Button>
        )}
      </div>
      <div className="card scroll-x" tabIndex={0} role="region" aria-label={t(`setup.page.${kind}`)}>
        {rows.length === 0 ? (
          <p className="quiet">{t('files.none')}</p>
        ) : (
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('setup.label')}</th>
                <th>{t('setup.package')}</th>
                <th>{t('setup.state')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((r) => (
                <tr key={`${r.pkg}/${r.path}`}>
                  <td>
                    <Link to="/setup/files/$kind/$pkg/$" params={{ kind, pkg: r.pkg, _splat: r.path }}>
                      {titleOf(r.doc, i18n.language) || r.path}
                    </Link>
                  </td>
                  <td>{r.pkg}</td>
                  <td>{r.changed && r.pkg !== tenant ? t('setup.changed') : ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      {fresh && <NewFile kind={kind} onClose={() => setFresh(false)} />}
    </div>
  );
}

export function NewFile({ kind, onClose }: { kind: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { all, edit } = useDraft();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const k = kinds[kind]!;
  const path = `${k.folder}/${name}.json`;
  const wrong = name === '' ? undefined : !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) ? t('objects.badName') : Object.values(all).some((f) => path in f) ? t('objects.taken') : undefined;
  const make = () => {
    if (!name || wrong) return;
    edit((now) => withDoc(now, { pkg: tenant, path }, k.fresh!(name)));
    void navigate({ to: '/setup/files/$kind/$pkg/$', params: { kind, pkg: tenant, _splat: path } });
  };
  return (
    <Modal open title={t('files.new')} onCancel={onClose} onOk={make} okText={t('setup.create')} cancelText={t('form.cancel')} okButtonProps={{ disabled: !name || !!wrong }}>
      <Labelled label={t('setup.name')} help={t('objects.nameHelp')} error={wrong} required>
        {(input) => <Input {...input} className="mono" value={name} onChange={(e) => setName(e.target.value)} onPressEnter={(e) => !e.nativeEvent.isComposing && make()} />}
      </Labelled>
    </Modal>
  );
}
