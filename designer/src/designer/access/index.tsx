// Permission sets × objects, and why somebody may do what they may with a record.
import { PlusOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { Alert, Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { Labelled } from '@/shared/ui/labelled';
import { PageTitle } from '@/shared/ui/page';
import { NewFile } from '../files';
import { titleOf } from '../form';
import { filesOf, objectsOf, withDoc } from '../model/files';
import { isDoc } from '../model/overlay';
import { operations } from '../model/access';
import { admin } from '../setup/api';
import { useDraft } from '../setup/draft';
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

/** Explain says what a user may do with a record, and each rule that grants or denies it. */
function Explain() {
  const { t, i18n } = useTranslation();
  const [user, setUser] = useState('');
  const [record, setRecord] = useState('');
  const ask = useMutation({ mutationFn: () => admin<{ explainAccess: Json }>('query($u: ID!, $r: ID!) { explainAccess(user: $u, record: $r) }', { u: user.trim(), r: record.trim() }).then((d) => d.explainAccess) });
  return (
    <section className="card" aria-labelledby="explain-title">
      <h2 id="explain-title">{t('access.explain')}</h2>
      <div className="schema-form pair">
        <Labelled label={t('access.user')}>{(input) => <Input {...input} className="mono" value={user} onChange={(e) => setUser(e.target.value)} />}</Labelled>
        <Labelled label={t('access.record')}>{(input) => <Input {...input} className="mono" value={record} onChange={(e) => setRecord(e.target.value)} />}</Labelled>
      </div>
      <Button disabled={!user.trim() || !record.trim()} loading={ask.isPending} onClick={() => ask.mutate()}>
        {t('access.ask')}
      </Button>
      <div role="status">
        {ask.error && <Alert type="error" title={ask.error.message} />}
        {ask.data !== undefined && <Told value={ask.data} locale={i18n.language} />}
      </div>
    </section>
  );
}

/** Told writes what the server explains: texts in the language of the page, the rest by name. */
function Told({ value, locale }: { value: Json; locale: string }) {
  if (isDoc(value) && ('en' in value || 'zh-CN' in value)) return <>{textIn(value as Text, locale)}</>;
  if (Array.isArray(value))
    return (
      <ul>
        {value.map((x, i) => (
          <li key={i}>
            <Told value={x} locale={locale} />
          </li>
        ))}
      </ul>
    );
  if (isDoc(value))
    return (
      <dl className="told">
        {Object.entries(value).map(([k, v]) => (
          <div key={k}>
            <dt>{k}</dt>
            <dd>
              <Told value={v} locale={locale} />
            </dd>
          </div>
        ))}
      </dl>
    );
  return <>{String(value)}</>;
}
