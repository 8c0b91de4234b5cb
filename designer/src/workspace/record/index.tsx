// One record: what it is, how far it has come, its fields, what belongs to it, what happened to it.
import { EditOutlined } from '@ant-design/icons';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, useParams } from '@tanstack/react-router';
import { Alert, Button, Tabs } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIndex, useObject, useText } from '@/shared/meta/load';
import { titleOf } from '@/shared/meta/select';
import { loadEdits } from '@/shared/ui/kit';
import { PageTitle } from '@/shared/ui/page';
import { layoutFor, scopeOf, shownSections } from '../form/model';
import { Approvals } from './approvals';
import { Files } from './files';
import { Highlights, Sections } from './sections';
import { History } from './history';
import { MoreActions } from './actions';
import { recordQuery } from './query';
import { RelatedLists } from './related';
import { StagePath } from './path';

const Timeline = lazy(() => import('./timeline'));
const RecordForm = lazy(() => Promise.all([import('../form/form'), loadEdits()]).then(([m]) => ({ default: m.RecordForm })));

export const Route = createLazyRoute('/_shell/o/$object/$id')({ component: RecordPage });

function RecordPage() {
  const { object, id } = useParams({ strict: false });
  return <Record key={id} object={object!} id={id!} />;
}

function Record({ object, id }: { object: string; id: string }) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const meta = useObject(object);
  const client = useQueryClient();
  const { data: row } = useSuspenseQuery(recordQuery(index, meta, id));
  const [editing, setEditing] = useState(false);
  if (!row)
    return (
      <div className="page">
        <PageTitle>{text(meta.label)}</PageTitle>
        <Alert type="warning" showIcon title={t('error.noRecord')} />
      </div>
    );
  const layout = layoutFor(meta, row);
  const refresh = () => client.invalidateQueries({ predicate: (q) => q.queryKey.includes(id) });
  const files = meta.relations.find((r) => r.files);
  const tabs = [
    { key: 'details', label: t('record.details'), children: <Sections meta={meta} row={row} sections={shownSections(layout, scopeOf(meta, index, row, row))} /> },
    ...(layout.related.length ? [{ key: 'related', label: t('record.related'), children: <RelatedLists meta={meta} row={row} layout={layout} /> }] : []),
    ...(meta.features.includes('timeline')
      ? [
          {
            key: 'timeline',
            label: t('record.timeline'),
            children: (
              <Suspense fallback={<p role="status">{t('app.loading')}</p>}>
                <Timeline meta={meta} row={row} />
              </Suspense>
            ),
          },
        ]
      : []),
    ...(meta.features.includes('history') ? [{ key: 'history', label: t('record.history'), children: <History meta={meta} id={id} /> }] : []),
    ...(files ? [{ key: 'files', label: t('record.files'), children: <Files meta={meta} relation={files} id={id} /> }] : []),
    ...(meta.processes?.length ? [{ key: 'approvals', label: t('record.approvals'), children: <Approvals meta={meta} id={id} onChange={() => void refresh()} /> }] : []),
  ];
  return (
    <div className="page record">
      <p className="crumb">
        <Link to="/o/$object" params={{ object }}>
          {text(meta.pluralLabel) || text(meta.label)}
        </Link>
      </p>
      <div className="bar">
        <PageTitle>{titleOf(meta, row)}</PageTitle>
        {row.locked === true && <span className="lock">{t('record.locked')}</span>}
        <span className="grow" />
        {!editing && meta.may.update && (
          <Button type="primary" icon={<EditOutlined />} onClick={() => setEditing(true)}>
            {t('record.edit')}
          </Button>
        )}
        <MoreActions meta={meta} row={row} onChange={() => void refresh()} />
      </div>
      <Highlights meta={meta} row={row} names={layout.highlights} />
      {meta.path && <StagePath meta={meta} row={row} onChange={() => void refresh()} />}
      {editing ? (
        <Suspense>
          <RecordForm
            meta={meta}
            row={row}
            onCancel={() => setEditing(false)}
            onDone={() => {
              setEditing(false);
              void refresh();
            }}
          />
        </Suspense>
      ) : (
        <Tabs items={tabs} destroyOnHidden />
      )}
    </div>
  );
}
