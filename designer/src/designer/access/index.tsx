// Permission sets × objects, and why somebody may do what they may with a record.
import { PlusOutlined } from '@ant-design/icons';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { PageTitle } from '@/shared/ui/page';
import { NewFile } from '../files';
import { titleOf } from '../form';
import { filesOf, objectsOf, withDoc } from '../model/files';
import { operations } from '../model/access';
import { useDraft } from '../setup/draft';
import { Explain } from './explain';
import { OperationBoxes } from './matrix';

export const Route = createLazyRoute('/_shell/setup/access')({ component: Access });

function Access() {
  const { t, i18n } = useTranslation();
  const { all, edit } = useDraft();
  const files = filesOf(all, /^permissions\/[^/]+\.json$/);
  const [chosen, setChosen] = useState<string>();
  const [fresh, setFresh] = useState(false);
  const path = (f: { pkg: string; path: string }) => `${f.pkg}/${f.path}`;
  const set = files.find((f) => path(f) === chosen) ?? files[0];
  const name = (f: (typeof files)[number]) => titleOf(f.doc, i18n.language) || f.path;
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.access')}</PageTitle>
        <span className="grow" />
        {set && <Select className="find" showSearch optionFilterProp="label" aria-label={t('access.set')} value={path(set)} onChange={setChosen} options={files.map((f) => ({ value: path(f), label: name(f) }))} />}
        {set && (
          <Link to="/setup/files/$kind/$pkg/$" params={{ kind: 'permissions', pkg: set.pkg, _splat: set.path }}>
            {t('access.all')}
          </Link>
        )}
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setFresh(true)}>
          {t('access.newSet')}
        </Button>
      </div>
      {set ? (
        <div className="card section scroll-x" tabIndex={0} role="region" aria-label={t('access.matrix')}>
          <table className="plain-table">
            <caption className="sr-only">{t('access.matrix')}</caption>
            <thead>
              <tr>
                <th>{t('access.object')}</th>
                {operations.map((op) => (
                  <th key={op}>{t(`access.op.${op}`)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {objectsOf(all).map((o) => (
                <tr key={o.name}>
                  <th scope="row">
                    <Link to="/setup/objects/$object" params={{ object: o.name }} search={{ tab: 'access' }}>
                      {(typeof o.label === 'string' ? o.label : textIn(o.label as Text, i18n.language)) || o.name}
                    </Link>
                  </th>
                  <OperationBoxes set={set.doc} object={o.name} name={name(set)} onChange={(v) => edit((now) => withDoc(now, set, v))} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <p className="quiet">{t('files.none')}</p>
      )}
      <Explain />
      {fresh && <NewFile kind="permissions" onClose={() => setFresh(false)} />}
    </div>
  );
}
