// One file of metadata: as a form, and as its source.
import { createLazyRoute, useNavigate, useParams } from '@tanstack/react-router';
import { Alert, Button, Popconfirm, Tabs } from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PageTitle } from '@/shared/ui/page';
import { Loading, NotFound } from '@/app/states';
import { SchemaForm, titleOf } from '../form';
import { ObjectContext } from '../form/hints';
import { docOf, read, tenant, withDoc, write, type Ref } from '../model/files';
import type { Doc } from '../model/overlay';
import { useSchema } from '../setup/api';
import { useDraft } from '../setup/draft';
import { kinds } from './kinds';

const Source = lazy(() => import('./source').then((m) => ({ default: m.Source })));
const Script = lazy(() => import('../code/script'));
const TableEditor = lazy(() => import('./table').then((m) => ({ default: m.TableEditor })));

export const Route = createLazyRoute('/_shell/setup/files/$kind/$pkg/$')({ component: Page });

function Page() {
  const { kind, pkg, _splat: path } = useParams({ strict: false }) as { kind: string; pkg: string; _splat: string };
  const { all } = useDraft();
  const ref = useMemo<Ref>(() => ({ pkg, path }), [pkg, path]);
  const doc = docOf(all, ref);
  return kinds[kind] && doc ? <File key={`${pkg}/${path}`} kind={kind} at={ref} doc={doc} /> : <NotFound />;
}

function File({ kind, at, doc }: { kind: string; at: Ref; doc: Doc }) {
  const { t, i18n } = useTranslation();
  const { all, edit } = useDraft();
  const navigate = useNavigate();
  const schema = useSchema(kind);
  const put = (v: Doc) => edit((now) => withDoc(now, at, v));
  const script = kind === 'script' ? at.path.replace(/\.json$/, '.js') : undefined;
  const remove = () => {
    edit((now) => withDoc(now, at, undefined));
    if (at.pkg === tenant) void navigate({ to: '/setup/files/$kind', params: { kind } });
  };
  return (
    <ObjectContext.Provider value={kinds[kind]!.object?.(at.path, doc)}>
      <div className="page">
        <div className="bar">
          <PageTitle>{titleOf(doc, i18n.language) || at.path}</PageTitle>
          <code className="quiet">
            {at.pkg}/{at.path}
          </code>
          <span className="grow" />
          <Popconfirm title={at.pkg === tenant ? t('files.removeAsk') : t('files.resetAsk')} okText={at.pkg === tenant ? t('setup.remove') : t('files.reset')} cancelText={t('form.cancel')} onConfirm={remove}>
            <Button danger>{at.pkg === tenant ? t('setup.remove') : t('files.reset')}</Button>
          </Popconfirm>
        </div>
        <Tabs
          destroyOnHidden
          items={[
            ...(kind === 'table'
              ? [
                  {
                    key: 'table',
                    label: t('files.table'),
                    children: (
                      <Suspense fallback={<Loading />}>
                        <TableEditor at={at} doc={doc} onChange={put} />
                      </Suspense>
                    ),
                  },
                ]
              : []),
            ...(script
              ? [
                  {
                    key: 'script',
                    label: t('files.script'),
                    children: (
                      <Suspense fallback={<Loading />}>
                        <Script name={String(doc.name)} path={script} doc={doc} value={all[at.pkg]?.[script] ?? ''} own={at.pkg === tenant} onChange={(v) => edit((now) => ({ ...now[tenant], [script]: v }))} />
                      </Suspense>
                    ),
                  },
                ]
              : []),
            {
              key: 'form',
              label: t('files.form'),
              children: <div className="card narrow-card">{schema && <SchemaForm root={schema} schema={schema} value={doc} onChange={put} first={['name', 'key', 'label', 'object', 'values', 'permissions']} />}</div>,
            },
            {
              key: 'source',
              label: t('files.source'),
              children: (
                <Suspense fallback={<Loading />}>
                  <SourceTab doc={doc} path={at.path} onChange={put} />
                </Suspense>
              ),
            },
          ]}
        />
      </div>
    </ObjectContext.Provider>
  );
}

/** SourceTab keeps what is typed as soon as it is a document. */
function SourceTab({ doc, path, onChange }: { doc: Doc; path: string; onChange: (v: Doc) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(write(doc));
  const bad = !read(text);
  return (
    <>
      {bad && <Alert type="error" title={t('json.bad')} />}
      <Source
        label={path}
        value={text}
        onChange={(v) => {
          setText(v);
          const d = read(v);
          if (d) onChange(d);
        }}
      />
    </>
  );
}
