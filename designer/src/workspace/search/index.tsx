// Records of any object that match what is typed: the best objects first, and in each the best records.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Button, Input, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { search } from '@/shared/api/find';
import { graphql, type Row } from '@/shared/api/graphql';
import { entryOf, fieldOf, useIndex, useObjectIf, useText } from '@/shared/meta/load';
import { selectFields, titleOf } from '@/shared/meta/select';
import type { Entry } from '@/shared/meta/types';
import { PageTitle } from '@/shared/ui/page';
import { Value } from '@/shared/ui/value';
import { addTexts } from '@/i18n/add';
import { catalogue } from './catalogue';
import { marked, objectsOf } from './model';
import './search.css';

addTexts(catalogue);

export const Route = createLazyRoute('/_shell/search')({ component: Search });

const most = 100; // hits of which the objects are told
const page = 5; // records of an object shown at first

function Search() {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const navigate = useNavigate();
  const { q = '', object } = useSearch({ strict: false });
  const [typed, setTyped] = useState(q);
  useEffect(() => setTyped(q), [q]);
  const wanted = q.trim();
  const found = useQuery({ queryKey: ['search', wanted, most], enabled: wanted !== '' && !object, placeholderData: keepPreviousData, queryFn: ({ signal }) => search(wanted, signal, most) });
  const go = (change: { q?: string; object?: string }) => void navigate({ to: '/search', search: { q: wanted || undefined, object, ...change } });
  const searchable = index.objects.filter((o) => o.searchable);
  const groups = wanted === '' ? [] : (object ? [object] : objectsOf(found.data ?? [])).map((n) => entryOf(index, n)).filter((e) => !!e);
  return (
    <div className="page">
      <div className="bar">
        <PageTitle document={wanted ? `${t('search.title')}: ${wanted}` : undefined}>{t('search.title')}</PageTitle>
      </div>
      <search className="bar search-bar">
        <Input.Search className="search-what" enterButton={t('search.title')} aria-label={t('search.type')} placeholder={t('search.type')} maxLength={200} value={typed} onChange={(e) => setTyped(e.target.value)} onSearch={(v, e) => !(e?.nativeEvent as KeyboardEvent | undefined)?.isComposing && go({ q: v.trim() || undefined })} />
        <Select className="search-in" aria-label={t('search.in')} showSearch optionFilterProp="label" value={object ?? ''} onChange={(v) => go({ object: v || undefined })} options={[{ value: '', label: t('search.everywhere') }, ...searchable.map((o) => ({ value: o.name, label: text(o.pluralLabel) || text(o.label) }))]} />
      </search>
      {wanted === '' && <p className="quiet">{t('search.start')}</p>}
      {found.error && !object && <Alert type="error" showIcon title={found.error.message} />}
      <p className={groups.length ? 'quiet' : ''} role="status">
        {wanted !== '' && !object && found.data && !found.isPlaceholderData && (groups.length === 0 ? t('search.none', { text: wanted }) : t('search.found', { count: groups.length }))}
      </p>
      {groups.map((e) => (
        <Group key={`${e.name} ${wanted}`} entry={e} wanted={wanted} first={object ? 20 : page} />
      ))}
    </div>
  );
}

function Group({ entry, wanted, first }: { entry: Entry; wanted: string; first: number }) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const meta = useObjectIf(entry.name);
  const [count, setCount] = useState(first);
  const names = (meta?.views.find((v) => v.kind === 'list')?.columns ?? []).filter((c) => c !== meta?.nameField).slice(0, 3);
  const fields = meta ? names.map((n) => fieldOf(meta, n)).filter((f) => !!f) : [];
  const list = useQuery<{ totalCount: number; nodes: Row[] }>({
    queryKey: ['search', wanted, entry.name, count],
    enabled: !!meta,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      graphql<{ rows: { totalCount: number; nodes: Row[] } }>(`query Found($text: String!, $first: Int!) { rows: ${entry.many}(search: $text, first: $first) { totalCount nodes { ${selectFields(index, meta!, names)} } } }`, { text: wanted, first: count }, signal).then((d) => d.rows),
  });
  const label = text(entry.pluralLabel) || text(entry.label);
  return (
    <section className="card section" aria-label={label}>
      <div className="bar">
        <h2 className="search-of">
          {label} <span className="quiet">{list.data && t('list.count', { count: list.data.totalCount })}</span>
        </h2>
        <span className="grow" />
        <Link to="/o/$object" params={{ object: entry.name }} search={{ q: wanted }}>
          {t('search.list')}
        </Link>
      </div>
      {list.error && <Alert type="error" title={list.error.message} />}
      <ul className="search-hits" aria-busy={!list.data}>
        {list.data?.nodes.map((row) => (
          <li key={row.id}>
            <Link to="/o/$object/$id" params={{ object: entry.name, id: row.id }}>
              {marked(titleOf(meta!, row), wanted).map((p, i) => (p.hit ? <mark key={i}>{p.text}</mark> : p.text))}
            </Link>
            <dl>
              {fields.map((f) => (
                <div key={f.api}>
                  <dt>{text(f.label)}</dt>
                  <dd>
                    <Value field={f} row={row} compact />
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
      {list.data && list.data.nodes.length < list.data.totalCount && count < most && (
        <Button size="small" loading={list.isFetching} onClick={() => setCount(Math.min(most, count + 20))}>
          {t('search.more')}
        </Button>
      )}
    </section>
  );
}
