// What happened to a record and around it, newest first: its changes, its approvals, and records that refer to it.
import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { Alert, Button, Empty } from 'antd';
import { useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Row } from '@/shared/api/graphql';
import { day, toWall } from '@/shared/meta/format';
import { objectQuery, useIndex, useText } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import '../../approval/texts';
import { Entry } from './entry';
import { byDay, merge, type Answer, type Ask } from './model';
import { ask, sourcesOf, type Source, type Told } from './sources';
import './texts';
import './timeline.css';

export default function Timeline({ meta, row }: { meta: ObjectMeta; row: Row }) {
  const { t } = useTranslation();
  const index = useIndex();
  const names = [...new Set((meta.timeline ?? []).map((s) => s.object))];
  const metas = useQueries({ queries: names.map((n) => objectQuery(n)) });
  const failed = metas.find((m) => m.error);
  if (failed) return <Failure error={failed.error!} again={() => void Promise.all(metas.filter((m) => m.error).map((m) => m.refetch()))} />;
  if (metas.some((m) => !m.data)) return <p role="status">{t('app.loading')}</p>;
  const children = metas.map((m) => m.data!);
  return <Happenings meta={meta} row={row} sources={sourcesOf(index, meta, row, children)} children={children} />;
}

function Happenings({ meta, row, sources, children }: { meta: ObjectMeta; row: Row; sources: Source[]; children: ObjectMeta[] }) {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const [kinds, setKinds] = useState<string[]>([]);
  const asked = useRef(false); // for older ones, and they are not shown yet
  const end = useCallback((p: HTMLParagraphElement | null) => {
    if (p && asked.current) p.focus(); // the button is gone
    asked.current = false;
  }, []);
  const keys = sources.filter((s) => kinds.length === 0 || kinds.includes(s.kind)).map((s) => s.key);
  const list = useInfiniteQuery({
    queryKey: ['timeline', meta.name, row.id, sources.map((s) => s.key)],
    initialPageParam: Object.fromEntries(sources.map((s) => [s.key, null])) as Ask,
    queryFn: ({ pageParam, signal }): Promise<Answer<Told>> => ask(sources, row.id, pageParam, signal),
    getNextPageParam: (_, all) => merge(keys, all).next,
  });
  const { shown } = merge(keys, list.data?.pages ?? []);
  const today = toWall(new Date().toISOString(), zone).slice(0, 10);
  const older = async () => {
    asked.current = true;
    const { hasNextPage } = await list.fetchNextPage();
    if (hasNextPage) asked.current = false;
  };
  return (
    <section aria-label={t('record.timeline')} aria-busy={list.isFetching}>
      <Chips of={sources.filter((s) => list.data?.pages.some((p) => p[s.key]?.entries.length)).map((s) => s.kind)} children={children} kinds={kinds} onChange={setKinds} />
      {list.error && <Failure error={list.error} again={() => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch())} />}
      {list.isPending && <p role="status">{t('app.loading')}</p>}
      {list.data && shown.length === 0 && !list.hasNextPage && <Empty description={t('timeline.none')} />}
      {byDay(shown, zone).map(([date, of]) => (
        <section key={date} className="happening-day">
          <h2>
            <time dateTime={date}>{day(date, i18n.language)}</time> {date >= today && <span className="quiet">{t(date === today ? 'timeline.today' : 'timeline.planned')}</span>}
          </h2>
          <ol>
            {of.map((told) => (
              <Entry key={told.id} told={told} meta={meta} children={children} />
            ))}
          </ol>
        </section>
      ))}
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void older()}>
          {t('timeline.more')}
        </Button>
      )}
      {list.data && !list.hasNextPage && shown.length > 0 && (
        <p className="quiet" ref={end} tabIndex={-1}>
          {t('timeline.end')}
        </p>
      )}
    </section>
  );
}

/** Chips choose among the kinds of which there is something. */
function Chips({ of, children, kinds, onChange }: { of: string[]; children: ObjectMeta[]; kinds: string[]; onChange: (kinds: string[]) => void }) {
  const { t } = useTranslation();
  const text = useText();
  const all = [...new Set([...of, ...kinds])];
  if (all.length < 2) return null;
  const called = (kind: string) => {
    const child = children.find((c) => c.name === kind);
    return child ? text(child.pluralLabel) || text(child.label) : t(`timeline.${kind as 'change'}`);
  };
  const toggle = (kind: string) => onChange(kinds.includes(kind) ? kinds.filter((k) => k !== kind) : [...kinds, kind]);
  return (
    <div className="chips" role="group" aria-label={t('timeline.kinds')}>
      <button type="button" className="chip kind" aria-pressed={kinds.length === 0} onClick={() => onChange([])}>
        {t('timeline.all')}
      </button>
      {all.map((kind) => (
        <button key={kind} type="button" className="chip kind" aria-pressed={kinds.includes(kind)} onClick={() => toggle(kind)}>
          {called(kind)}
        </button>
      ))}
    </div>
  );
}

function Failure({ error, again }: { error: Error; again: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert
      type="error"
      showIcon
      title={error.message}
      action={
        <Button size="small" onClick={again}>
          {t('error.retry')}
        </Button>
      }
    />
  );
}
