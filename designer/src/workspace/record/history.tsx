// What happened to a record: who changed what, newest first.
import { useQueries, useQuery } from '@tanstack/react-query';
import { Alert, Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { graphql } from '@/shared/api/graphql';
import { named } from '@/shared/api/find';
import { instant } from '@/shared/meta/format';
import { entryOf, useIndex } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import { Changes } from './changes';

interface Entry {
  version: number | null;
  at: string;
  by: string | null;
  verb: string;
  changes: Record<string, [unknown, unknown]> | null;
}

export function History({ meta, id }: { meta: ObjectMeta; id: string }) {
  const { t, i18n } = useTranslation();
  const index = useIndex();
  const list = useQuery({
    queryKey: ['history', id],
    queryFn: ({ signal }) => graphql<{ row: { history: Entry[] } | null }>(`query History($id: ID!) { row: ${meta.one}(id: $id) { history(first: 100) { version at by verb changes } } }`, { id }, signal).then((d) => d.row?.history ?? []),
  });
  const users = entryOf(index, index.roles.user ?? '');
  const people = [...new Set((list.data ?? []).map((e) => e.by).filter((x): x is string => !!x))];
  const names = useQueries({ queries: people.map((p) => ({ queryKey: ['named', p], enabled: !!users, staleTime: 300_000, queryFn: () => named(users!, p) })) });
  if (list.error) return <Alert type="error" title={list.error.message} />;
  if (list.data?.length === 0) return <Empty description={t('history.none')} />;
  return (
    <ol className="timeline">
      {list.data?.map((e, i) => (
        <li key={i}>
          <p>
            <strong>{e.by ? (names[people.indexOf(e.by)]?.data?.title ?? e.by) : t('history.platform')}</strong> {t(`history.${verbOf(e.verb)}`)}{' '}
            <time className="quiet" dateTime={e.at}>
              {instant(e.at, i18n.language, index.zone)}
            </time>
          </p>
          <Changes meta={meta} verb={e.verb} changes={e.changes} />
        </li>
      ))}
    </ol>
  );
}

const verbs = new Set(['create', 'update', 'delete', 'restore', 'compute']);

/** verbOf names the text that says what was done. */
export const verbOf = (verb: string) => (verbs.has(verb) ? (verb as 'create') : 'other');
