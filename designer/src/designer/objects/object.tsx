// An object: what it is, and tabs for what it has.
import { createLazyRoute, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { ButtonLink } from '@/shared/ui/link';
import { PageTitle } from '@/shared/ui/page';
import { NotFound } from '@/app/states';
import { SchemaForm } from '../form';
import { ObjectContext } from '../form/hints';
import { additive, objectOf, withObject, type ObjectDoc } from '../model/files';
import type { Doc } from '../model/overlay';
import { useSchema } from '../setup/api';
import { useDraft } from '../setup/draft';
import { Members } from './members';
import { Screens } from './screens';
import { ObjectAccess } from '../access/object';

export const Route = createLazyRoute('/_shell/setup/objects/$object')({ component: Page });

function Page() {
  const { t, i18n } = useTranslation();
  const { object } = useParams({ strict: false }) as { object: string };
  const { tab } = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const { all, active, edit } = useDraft();
  const o = useMemo(() => objectOf(all, object), [all, object]);
  const schema = useSchema('object');
  if (!o) return <NotFound />;
  const text = (typeof o.doc.label === 'string' ? o.doc.label : textIn(o.doc.label as Text, i18n.language)) || object;
  const put = (doc: Doc) => edit((now) => withObject(now, objectOf(now, object) ?? o, doc));
  const props: TabProps = { o, put };
  return (
    <ObjectContext.Provider value={object}>
      <div className="page">
        <div className="bar">
          <PageTitle>{text}</PageTitle>
          <code>{object}</code> <span className="quiet">{o.pkg}</span>
          <span className="grow" />
          {`objects/${object}/object.json` in (active[o.pkg] ?? {}) && (
            <ButtonLink to="/o/$object" params={{ object }}>
              {t('objects.open')}
            </ButtonLink>
          )}
        </div>
        {schema && (
          <Tabs
            activeKey={tab ?? 'fields'}
            onChange={(key) => void navigate({ to: '.', search: { tab: key }, replace: true })}
            destroyOnHidden
            items={[
              { key: 'fields', label: t('objects.fields'), children: <Members {...props} root={schema} list="fields" /> },
              { key: 'rules', label: t('objects.rules'), children: <Members {...props} root={schema} list="rules" /> },
              { key: 'types', label: t('objects.types'), children: <Members {...props} root={schema} list="recordTypes" /> },
              { key: 'layouts', label: t('objects.layouts'), children: <Screens object={object} kind="layout" /> },
              { key: 'views', label: t('objects.views'), children: <Screens object={object} kind="view" /> },
              { key: 'actions', label: t('objects.actions'), children: <Screens object={object} kind="action" /> },
              { key: 'access', label: t('objects.access'), children: <ObjectAccess object={object} /> },
              {
                key: 'details',
                label: t('objects.details'),
                children: (
                  <div className="card narrow-card">
                    <SchemaForm root={schema} schema={schema} value={o.doc} onChange={put} hide={['name', 'ledger', ...additive.filter((k) => k !== 'keys' && k !== 'indexes')]} first={['label', 'pluralLabel', 'nameField', 'sharing', 'features', 'stagePath']} />
                  </div>
                ),
              },
            ]}
          />
        )}
      </div>
    </ObjectContext.Provider>
  );
}

export interface TabProps {
  o: ObjectDoc;
  put: (doc: Doc) => void;
}
