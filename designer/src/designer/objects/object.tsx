// An object: what it is, and tabs for what it has.
import { createLazyRoute, Link, useParams, useSearch } from '@tanstack/react-router';
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
import type { Schema } from '../model/schema';
import { useSchema } from '../setup/api';
import { useDraft } from '../setup/draft';
import { Members } from './members';
import { Screens } from './screens';
import { ObjectAccess } from '../access/object';

export const Route = createLazyRoute('/_shell/setup/objects/$object')({ component: Page });

const tabs = ['fields', 'rules', 'types', 'layouts', 'views', 'actions', 'access', 'details'] as const;

function Page() {
  const { t, i18n } = useTranslation();
  const { object } = useParams({ strict: false }) as { object: string };
  const { tab } = useSearch({ strict: false }) as { tab?: string };
  const { all, active, edit } = useDraft();
  const o = useMemo(() => objectOf(all, object), [all, object]);
  const schema = useSchema('object');
  if (!o) return <NotFound />;
  const text = (typeof o.doc.label === 'string' ? o.doc.label : textIn(o.doc.label as Text, i18n.language)) || object;
  const put = (doc: Doc) => edit((now) => withObject(now, objectOf(now, object) ?? o, doc));
  const props: TabProps = { o, put };
  const shown = tabs.find((key) => key === tab) ?? 'fields';
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
        <nav className="tabs" aria-label={text}>
          {tabs.map((key) => (
            <Link key={key} to="." search={{ tab: key }} replace aria-current={key === shown ? 'page' : undefined}>
              {t(`objects.${key}`)}
            </Link>
          ))}
        </nav>
        {schema && <Tab key={shown} name={shown} root={schema} object={object} {...props} />}
      </div>
    </ObjectContext.Provider>
  );
}

export interface TabProps {
  o: ObjectDoc;
  put: (doc: Doc) => void;
}

function Tab({ name, root, object, o, put }: TabProps & { name: (typeof tabs)[number]; root: Schema; object: string }) {
  switch (name) {
    case 'fields':
    case 'rules':
      return <Members o={o} put={put} root={root} list={name} />;
    case 'types':
      return <Members o={o} put={put} root={root} list="recordTypes" />;
    case 'layouts':
      return <Screens object={object} kind="layout" />;
    case 'views':
      return <Screens object={object} kind="view" />;
    case 'actions':
      return <Screens object={object} kind="action" />;
    case 'access':
      return <ObjectAccess object={object} />;
    case 'details':
      return (
        <div className="card narrow-card">
          <SchemaForm root={root} schema={root} value={o.doc} onChange={put} hide={['name', 'ledger', ...additive.filter((k) => k !== 'keys' && k !== 'indexes')]} first={['label', 'pluralLabel', 'nameField', 'sharing', 'features', 'stagePath']} />
        </div>
      );
  }
}
