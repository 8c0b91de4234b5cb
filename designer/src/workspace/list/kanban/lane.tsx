// A lane of a board: its name, what it holds in all, and its cards by pages.
import { useDroppable } from '@dnd-kit/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Row } from '@/shared/api/graphql';
import { money } from '@/shared/meta/format';
import { useIndex, useText } from '@/shared/meta/load';
import type { Field, ObjectMeta } from '@/shared/meta/types';
import type { Listing } from '../query';
import { Card } from './card';
import type { Lane, Total } from './model';
import { fetchLane } from './query';

interface Props {
  meta: ObjectMeta;
  listing: Listing;
  field: Field;
  lane: Lane;
  name: string;
  columns: Field[];
  queryKey: unknown[];
  total: Total | undefined;
  amount: Field | undefined;
  targets: { key: string; label: string }[]; // lanes that a card can be moved to; none: it stays
  onMove: (row: Row, to: string) => void;
}

export function LaneColumn({ meta, listing, field, lane, name, columns, queryKey, total, amount, targets, onMove }: Props) {
  const { t, i18n } = useTranslation();
  const text = useText();
  const index = useIndex();
  const { setNodeRef, isOver } = useDroppable({ id: `lane ${lane.value}`, data: { lane: lane.value } });
  const cards = useInfiniteQuery({
    queryKey,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => fetchLane(index, meta, listing, field, lane, columns.map((f) => f.api), pageParam, signal),
    getNextPageParam: (last) => (last.more ? last.end : null),
  });
  const rows = cards.data?.pages.flatMap((p) => p.rows) ?? [];
  return (
    <section className={isOver ? 'lane over' : 'lane'} ref={setNodeRef} aria-label={name}>
      <header>
        <h2>{name}</h2>
        <span className="quiet">{total ? t('list.count', { count: total.count }) : cards.data && t('list.count', { count: rows.length })}</span>
        {amount && total && total.sums.map((s) => (
          <span key={s.currency} className="sum" title={t('board.sum', { field: text(amount.label) })}>
            {money(s.amount, i18n.language, s.currency ?? undefined)}
          </span>
        ))}
      </header>
      {cards.error && <Alert type="error" title={cards.error.message} />}
      <ul aria-busy={cards.isFetching}>
        {rows.map((row) => (
          <Card key={row.id} meta={meta} row={row} lane={lane.value} columns={columns} targets={row.locked === true ? [] : targets} onMove={(to) => onMove(row, to)} />
        ))}
      </ul>
      {cards.data && rows.length === 0 && <p className="quiet empty-lane">{t('list.empty')}</p>}
      {cards.hasNextPage && (
        <Button block type="text" loading={cards.isFetchingNextPage} onClick={() => void cards.fetchNextPage()}>
          {t('app.more')}
        </Button>
      )}
    </section>
  );
}
