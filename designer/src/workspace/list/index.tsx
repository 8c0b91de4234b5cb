// The list of an object's records.
import { PlusOutlined, ReloadOutlined } from '@ant-design/icons';
import { createLazyRoute, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Button, Input, Select } from 'antd';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListSearch } from '@/app/router';
import { fieldOf, useObject, useText } from '@/shared/meta/load';
import { ButtonLink } from '@/shared/ui/link';
import { PageTitle } from '@/shared/ui/page';
import { FilterBar } from './filter';
import { Grid } from './grid';
import { listViews, nextSort, parseFilter, parseSort, viewOf, writeSort } from './state';

export const Route = createLazyRoute('/_shell/o/$object')({ component: ListPage });

function ListPage() {
  const { object } = useParams({ strict: false });
  return <List key={object} object={object!} />;
}

function List({ object }: { object: string }) {
  const { t } = useTranslation();
  const text = useText();
  const meta = useObject(object);
  const search: ListSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const view = viewOf(meta, search);
  const [typed, setTyped] = useState(search.q ?? '');
  const [count, setCount] = useState<number>();
  const [fresh, setFresh] = useState(0);
  const wanted = useDeferredValue(typed);
  const listing = useMemo(() => ({ filter: parseFilter(search.filter) ?? view.filter, sort: parseSort(search.sort, meta) ?? view.sort, search: wanted }), [search.filter, search.sort, wanted, view, meta]);
  const columns = useMemo(() => view.columns.map((c) => fieldOf(meta, c)).filter((f) => !!f), [view, meta]);
  const go = (change: ListSearch) => void navigate({ to: '/o/$object', params: { object }, search: { ...search, ...change }, replace: true });
  return (
    <div className="page list">
      <div className="bar">
        <PageTitle>{text(meta.pluralLabel) || text(meta.label)}</PageTitle>
        <span className="quiet" role="status">
          {count !== undefined && t('list.count', { count })}
        </span>
        <span className="grow" />
        {listViews(meta).length > 1 && <Select aria-label={t('list.view')} value={view.name} options={listViews(meta).map((v) => ({ value: v.name, label: text(v.label) }))} onChange={(v) => go({ view: v, sort: undefined, filter: undefined })} />}
        {meta.searchable && (
          <Input.Search
            allowClear
            className="find"
            aria-label={t('list.search')}
            placeholder={t('list.search')}
            value={typed}
            onChange={(e) => setTyped(e.target.value)}
            onSearch={(q) => go({ q: q || undefined })}
          />
        )}
        <Button icon={<ReloadOutlined />} aria-label={t('list.refresh')} onClick={() => setFresh(fresh + 1)} />
        {meta.may.create && (
          <ButtonLink type="primary" icon={<PlusOutlined />} to="/o/$object/new" params={{ object }}>
            {t('list.new')}
          </ButtonLink>
        )}
      </div>
      <div className="chips">
        <FilterBar meta={meta} conditions={listing.filter} onChange={(c) => go({ filter: c.length || view.filter.length ? JSON.stringify(c) : undefined })} />
      </div>
      <Grid key={`${fresh}`} meta={meta} listing={listing} columns={columns} onSort={(f) => go({ sort: writeSort(nextSort(listing.sort, f)) })} onCount={setCount} />
    </div>
  );
}
