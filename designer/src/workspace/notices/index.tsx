// What one was told, the newest first.
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { Alert, Button, Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { markRead, notices, type Notice } from '@/shared/api/notices';
import { instant } from '@/shared/meta/format';
import { entryOfId, useIndex } from '@/shared/meta/load';
import { PageTitle } from '@/shared/ui/page';

export const Route = createLazyRoute('/_shell/notices')({ component: Notices });

function Notices() {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: ['notices', i18n.language],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => notices(50, pageParam, i18n.language, signal),
    getNextPageParam: (last) => last.endCursor,
  });
  const read = useMutation({ mutationFn: markRead, onSuccess: () => client.invalidateQueries({ queryKey: ['notices'] }) });
  const all = list.data?.pages.flatMap((p) => p.nodes) ?? [];
  const error = list.error ?? read.error;
  return (
    <div className="page inbox">
      <div className="bar">
        <PageTitle>{t('notice.title')}</PageTitle>
        <span className="grow" />
        {(list.data?.pages[0]?.unreadCount ?? 0) > 0 && (
          <Button loading={read.isPending} onClick={() => read.mutate(undefined)}>
            {t('notice.readAll')}
          </Button>
        )}
      </div>
      {error && <Alert type="error" showIcon title={error.message} />}
      {list.data && all.length === 0 && <Empty description={t('notice.none')} />}
      <ul className="tasks">
        {all.map((n) => (
          <li key={n.id} className={n.readAt ? 'card notice' : 'card notice new'}>
            <Told notice={n} onOpen={() => !n.readAt && read.mutate([n.id])} />
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('app.more')}
        </Button>
      )}
    </div>
  );
}

/** Told is one of them: it leads to the task that it is about, else to the record. */
function Told({ notice: n, onOpen }: { notice: Notice; onOpen: () => void }) {
  const { t, i18n } = useTranslation();
  const index = useIndex();
  const entry = n.record ? entryOfId(index, n.record) : undefined;
  const title = (
    <>
      {!n.readAt && <span className="sr-only">{t('notice.new')} </span>}
      {n.title}
    </>
  );
  return (
    <>
      {n.about === 'task' ? (
        <Link to="/inbox" onClick={onOpen}>
          {title}
        </Link>
      ) : entry ? (
        <Link to="/o/$object/$id" params={{ object: entry.name, id: n.record! }} onClick={onOpen}>
          {title}
        </Link>
      ) : (
        <strong>{title}</strong>
      )}
      {n.body && <p className="long">{n.body}</p>}
      <time className="quiet" dateTime={n.at}>
        {instant(n.at, i18n.language, index.zone)}
      </time>
    </>
  );
}
