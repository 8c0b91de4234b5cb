// The records of an object, as a view shows them: a list, a board or a calendar.
import { PlusOutlined, ReloadOutlined } from '@ant-design/icons';
import { createLazyRoute, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { lazy, Suspense, useCallback, useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListSearch } from '@/app/router';
import { fieldOf, useObject, useText } from '@/shared/meta/load';
import type { Filter } from '@/shared/meta/types';
import { loadEdits } from '@/shared/ui/kit';
import { ButtonLink } from '@/shared/ui/link';
import { PageTitle } from '@/shared/ui/page';
import { FilterBar } from './filter';
import { parseFilter } from './filters';
import { Grid } from './grid';
import { nothing, type Selection } from './selection';
import { nextSort, parseSort, viewOf, writeSort } from './state';
import { useViews, ViewMenu } from './viewmenu';

const Board = lazy(() => import('./kanban'));
const Calendar = lazy(() => import('./calendar'));
const Bulk = lazy(() => Promise.all([import('./bulk'), loadEdits()]).then(([m]) => m));
const Settings = lazy(() => import('./settings'));

export const Route = createLazyRoute('/_shell/o/$object')({ component: ListPage });

function ListPage() {
  const { object } = useParams({ strict: false });
  return <List key={object} object={object!} />;
}

function List({ object }: { object: string }) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const meta = useObject(object);
  const search: ListSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const { views, keep } = useViews(meta);
  const view = viewOf(views, search);
  const [typed, setTyped] = useState(search.q ?? '');
  const [count, setCount] = useState<number>();
  const [selection, setSelection] = useState<Selection>(nothing);
  const [arranging, setArranging] = useState(false);
  const wanted = useDeferredValue(typed);
  const listing = useMemo(() => ({ filter: parseFilter(search.filter) ?? view.filter, sort: parseSort(search.sort, meta) ?? view.sort, search: wanted }), [search.filter, search.sort, wanted, view, meta]);
  const columns = useMemo(() => view.columns.map((c) => fieldOf(meta, c)).filter((f) => !!f), [view, meta]);
  const go = (change: ListSearch) => {
    if ('view' in change || 'filter' in change) setSelection(nothing);
    void navigate({ to: '/o/$object', params: { object }, search: { ...search, ...change }, replace: true });
  };
  const refresh = useCallback(() => {
    for (const key of ['list', 'count', 'lane', 'totals', 'days']) void client.invalidateQueries({ queryKey: [key, meta.name] });
  }, [client, meta]);
  const filtered = (f: Filter) => go({ filter: f.length || view.filter.length ? JSON.stringify(f) : undefined });
  const body = { meta, view, listing, columns, onCount: setCount };
  return (
    <div className="page list">
      <div className="bar">
        <PageTitle>{text(meta.pluralLabel) || text(meta.label)}</PageTitle>
        <span className="quiet" role="status">
          {count !== undefined && t('list.count', { count })}
        </span>
        <span className="grow" />
        <ViewMenu views={views} view={view} onChoose={(name) => go({ view: name, sort: undefined, filter: undefined })} onArrange={() => setArranging(true)} />
        {meta.searchable && (
          <Input.Search
            allowClear
            className="find"
            aria-label={t('list.search')}
            placeholder={t('list.search')}
            value={typed}
            onChange={(e) => {
              setTyped(e.target.value);
              setSelection(nothing);
            }}
            onSearch={(q) => go({ q: q || undefined })}
          />
        )}
        <Button icon={<ReloadOutlined />} aria-label={t('list.refresh')} onClick={refresh} />
        {meta.may.create && (
          <ButtonLink color="primary" variant="solid" icon={<PlusOutlined />} to="/o/$object/new" params={{ object }}>
            {t('list.new')}
          </ButtonLink>
        )}
      </div>
      <div className="chips">
        <FilterBar meta={meta} filter={listing.filter} onChange={filtered} />
        {(search.filter !== undefined || search.sort !== undefined) && (
          <Button type="link" onClick={() => setArranging(true)}>
            {t('view.keep')}
          </Button>
        )}
      </div>
      {(selection.all || selection.ids.size > 0) && (
        <Suspense>
          <Bulk meta={meta} listing={listing} selection={selection} total={count} onSelect={setSelection} onDone={refresh} />
        </Suspense>
      )}
      {view.kind === 'list' ? (
        <Grid {...body} selection={selection} onSelect={setSelection} onSort={(f, add) => go({ sort: writeSort(nextSort(listing.sort, f, add)) })} onWidth={(field, width) => keep({ ...view, widths: { ...view.widths, [field]: width } })} />
      ) : (
        <Suspense>{view.kind === 'kanban' ? <Board {...body} /> : <Calendar {...body} date={search.date} span={search.span} onGo={go} />}</Suspense>
      )}
      {arranging && (
        <Suspense>
          <Settings meta={meta} view={{ ...view, filter: listing.filter, sort: listing.sort }} onClose={() => setArranging(false)} onColumns={keep} onSort={(sort) => go({ sort: writeSort(sort) })} onView={(name) => go({ view: name, sort: undefined, filter: undefined })} />
        </Suspense>
      )}
    </div>
  );
}
