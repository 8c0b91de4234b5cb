// A board: a lane for each choice of a field. Cards are dragged from lane to lane, or moved by their menu.
import './board.css';
import { DndContext, DragOverlay, MouseSensor, TouchSensor, useSensor, useSensors, type DragEndEvent } from '@dnd-kit/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Empty } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure, Row } from '@/shared/api/graphql';
import { fieldOf, useIndex, useText } from '@/shared/meta/load';
import { selectFields, titleOf } from '@/shared/meta/select';
import { update } from '../../form/write';
import type { BodyProps } from '../grid';
import { CardFace } from './card';
import { LaneColumn } from './lane';
import { atTop, lanesOf, summed, without, type Lane, type Pages } from './model';
import { fetchTotals } from './query';

interface Held {
  row: Row;
  lane: string | null;
}

export default function Board({ meta, view, listing, columns, onCount }: BodyProps) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const client = useQueryClient();
  const { notification } = App.useApp();
  const [held, setHeld] = useState<Held>();
  const [told, setTold] = useState('');
  const field = fieldOf(meta, view.group!)!;
  const lanes = useMemo(() => lanesOf(field, listing.filter), [field, listing.filter]);
  const amount = summed(columns);
  const names = columns.map((f) => f.api);
  const key = JSON.stringify([listing.filter, listing.sort, listing.search.trim(), names]);
  const laneKey = (lane: string | null) => ['lane', meta.name, key, lane];
  const totals = useQuery({ queryKey: ['totals', meta.name, key], queryFn: ({ signal }) => fetchTotals(meta, listing, field, amount, signal), placeholderData: (was) => was });
  const count = totals.data && lanes.reduce((n, l) => n + (totals.data.get(l.value)?.count ?? 0), 0);
  useEffect(() => onCount(count), [count, onCount]);
  const sensors = useSensors(useSensor(MouseSensor, { activationConstraint: { distance: 6 } }), useSensor(TouchSensor, { activationConstraint: { delay: 250, tolerance: 8 } }));
  const canMove = meta.may.update && !!field.writable;
  const laneName = (l: Lane | string | null) => {
    const value = l && typeof l === 'object' ? l.value : l;
    const choice = field.choices?.find((c) => c.value === value);
    return choice ? text(choice.label) || choice.code : t('value.none');
  };

  const move = async ({ row, lane: from }: Held, to: string | null) => {
    if (from === to) return;
    const name = titleOf(meta, row);
    const put = (lane: string | null, change: (p: Pages | undefined) => Pages | undefined) => client.setQueryData<Pages>(laneKey(lane), change);
    const place = (r: Row) => {
      put(from, (p) => without(p, row.id));
      put(to, (p) => atTop(p, r));
    };
    place({ ...row, [field.api]: to });
    try {
      const { warnings, ...now } = await update(meta, row.id, { [field.api]: to }, row.version as number, selectFields(index, meta, [...names, field.api]).replace(/^id version ?/, ''));
      place({ ...row, ...now } as Row);
      for (const w of warnings) notification.warning({ title: w.message, placement: 'bottomRight' });
      setTold(t('board.moved', { name, lane: laneName(to) }));
    } catch (e) {
      put(to, (p) => without(p, row.id));
      put(from, (p) => atTop(p, row));
      const said = ((e as Failure).all ?? [e as Error]).map((x) => x.message).join(' ');
      notification.error({ title: t('board.refused', { name, lane: laneName(to) }), description: said, placement: 'bottomRight' });
      setTold(`${t('board.refused', { name, lane: laneName(to) })} ${said}`);
      void client.invalidateQueries({ queryKey: laneKey(from) });
    }
    void client.invalidateQueries({ queryKey: ['totals', meta.name] });
    void client.invalidateQueries({ queryKey: ['list', meta.name] });
  };
  const drop = (e: DragEndEvent) => {
    const what = e.active.data.current as Held | undefined;
    setHeld(undefined);
    if (e.over && what) void move(what, (e.over.data.current as { lane: string | null }).lane);
  };

  if (totals.error) return <Alert type="error" showIcon title={totals.error.message} />;
  if (lanes.length === 0) return <Empty description={t('list.emptyFiltered')} />;
  const silent = { onDragStart: () => '', onDragOver: () => '', onDragEnd: () => '', onDragCancel: () => '' }; // what happened is told below, where the keyboard's moves are too
  return (
    <>
      <span role="status" className="sr-only">
        {told}
      </span>
      <DndContext sensors={sensors} accessibility={{ announcements: silent, screenReaderInstructions: { draggable: '' } }} onDragStart={(e) => setHeld(e.active.data.current as Held)} onDragEnd={drop} onDragCancel={() => setHeld(undefined)}>
        <div className="board" tabIndex={0} role="group" aria-label={text(view.label)}>
          {lanes.map((lane) => (
            <LaneColumn
              key={lane.value ?? ''}
              meta={meta}
              listing={listing}
              field={field}
              lane={lane}
              name={laneName(lane)}
              columns={columns}
              queryKey={laneKey(lane.value)}
              total={totals.data?.get(lane.value)}
              amount={amount}
              targets={canMove ? lanes.filter((l) => l !== lane).map((l) => ({ key: l.value ?? '', label: laneName(l) })) : []}
              onMove={(row, to) => void move({ row, lane: lane.value }, to || null)}
            />
          ))}
        </div>
        <DragOverlay>{held && <CardFace meta={meta} row={held.row} columns={columns} held />}</DragOverlay>
      </DndContext>
    </>
  );
}
