// The rows of a list as a grid of which only what is on the screen is in the document; cards on narrow screens.
import { useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Alert, Empty } from 'antd';
import { lazy, Suspense, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { titleOf } from '@/shared/meta/select';
import type { Field, ObjectMeta, View } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { useNarrow } from '@/shared/ui/narrow';
import { GridCell } from './cell';
import { HeaderCell } from './header';
import { Choose, ChooseAll } from './choose';
import { chosen, type Selection } from './selection';
import type { Listing } from './query';
import { useRowPicker } from './picker';
import { useRows } from './rows';
import { useSettled } from './settled';

const Cards = lazy(() => import('./cards'));

const rowHeight = 40;

/** BodyProps are what lists, boards and calendars have in common. */
export interface BodyProps {
  meta: ObjectMeta;
  view: View;
  listing: Listing;
  columns: Field[];
  onCount: (count: number | undefined) => void;
}

export interface GridProps extends BodyProps {
  selection: Selection;
  onSelect: (s: Selection) => void;
  onSort: (field: string, add: boolean) => void;
  onWidth: (field: string, width: number) => void;
}

/** selectable says whether something can be done with several records at once. */
export const selectable = (meta: ObjectMeta) => meta.may.update || meta.may.delete || meta.actions.some((a) => !a.onObject);

export function Grid(p: GridProps) {
  return useNarrow() ? (
    <Suspense>
      <Cards {...p} />
    </Suspense>
  ) : (
    <Table {...p} />
  );
}

function Table({ meta, view, listing, columns, selection, onSelect, onSort, onWidth, onCount }: GridProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<[number, number]>([0, 40]);
  const [cursor, setCursor] = useState<[number, number]>([0, 0]); // row and column that the keyboard is on
  const [editing, setEditing] = useState<[number, number]>();
  const names = useMemo(() => columns.map((f) => f.api), [columns]);
  const rows = useRows(meta, listing, names, range[0], range[1]);
  const count = rows.count ?? 0;
  useEffect(() => onCount(rows.count), [rows.count, onCount]);
  const virtual = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 8 });
  const items = virtual.getVirtualItems();
  useSettled(items[0]?.index ?? 0, items.at(-1)?.index ?? 0, range, setRange);
  const [widths, setWidths] = useState(view.widths ?? {}); // that somebody chose
  useEffect(() => setWidths(view.widths ?? {}), [view.widths]);
  const can = selectable(meta);
  const first = can ? 2 : 1; // aria-colindex of the first field
  const template = (can ? '44px ' : '') + columns.map((f) => (widths[f.api] ? `${widths[f.api]}px` : `minmax(${uiOf(f).width ?? 160}px, ${f.api === meta.nameField ? 2 : 1}fr)`)).join(' ');
  const width = columns.reduce((sum, f) => sum + (widths[f.api] ?? uiOf(f).width ?? 160), can ? 44 : 0);
  const pick = useRowPicker(selection, onSelect, (i) => rows.at(i)?.id);

  const move = (row: number, column: number) => {
    const to: [number, number] = [Math.max(0, Math.min(count - 1, row)), Math.max(0, Math.min(columns.length - 1, column))];
    setCursor(to);
    virtual.scrollToIndex(to[0]);
    requestAnimationFrame(() => requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-at="${to[0]}:${to[1]}"]`)?.focus()));
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (!(e.target as HTMLElement).dataset.at) return;
    const [r, c] = cursor;
    if (e.key === ' ' && can) {
      e.preventDefault();
      return pick(r, e.shiftKey);
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2);
    const to: Record<string, [number, number]> = { ArrowDown: [r + 1, c], ArrowUp: [r - 1, c], ArrowRight: [r, c + 1], ArrowLeft: [r, c - 1], PageDown: [r + page, c], PageUp: [r - page, c], Home: e.ctrlKey ? [0, 0] : [r, 0], End: e.ctrlKey ? [count - 1, columns.length - 1] : [r, columns.length - 1] };
    const target = to[e.key];
    if (target) {
      e.preventDefault();
      move(...target);
    }
  };

  if (rows.error) return <Alert type="error" showIcon title={rows.error.message} />;
  if (rows.count === 0) return <Empty description={t(listing.search || listing.filter.length ? 'list.emptyFiltered' : 'list.empty')} />;
  return (
    <div className="grid" ref={scroller} role="grid" aria-rowcount={count + 1} aria-colcount={columns.length + first - 1} aria-multiselectable={can || undefined} aria-busy={rows.loading} aria-label={t('list.view')} onKeyDown={onKeyDown}>
      <div className="grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, minWidth: width }}>
        {can && <ChooseAll selection={selection} onSelect={onSelect} />}
        {columns.map((f, i) => (
          <HeaderCell key={f.api} field={f} column={i + first} sort={listing.sort} onSort={onSort} onWidth={(w, done) => (done ? onWidth(f.api, w) : setWidths((was) => ({ ...was, [f.api]: w })))} />
        ))}
      </div>
      <div className="grid-body" role="rowgroup" style={{ height: virtual.getTotalSize(), minWidth: width }}>
        {items.map((item) => {
          const row = rows.at(item.index);
          const on = !!row && can && chosen(selection, row.id);
          return (
            <div key={item.key} role="row" aria-rowindex={item.index + 2} aria-selected={can ? on : undefined} className={on ? 'grid-row chosen' : 'grid-row'} style={{ gridTemplateColumns: template, transform: `translateY(${item.start}px)` }}>
              {can && <Choose row={row} meta={meta} on={on} onChoose={(range) => pick(item.index, range)} />}
              {columns.map((f, c) => (
                <GridCell
                  key={f.api}
                  meta={meta}
                  field={f}
                  row={row}
                  at={[item.index, c]}
                  column={c + first}
                  focusable={cursor[0] === item.index && cursor[1] === c}
                  onFocus={() => setCursor([item.index, c])}
                  onOpen={() => row && void navigate({ to: '/o/$object/$id', params: { object: meta.name, id: row.id } })}
                  title={f.api === meta.nameField && row ? titleOf(meta, row) : undefined}
                  columns={names}
                  patch={rows.patch}
                  editing={editing?.[0] === item.index && editing[1] === c}
                  onEdit={(on, refocus) => {
                    setEditing(on ? [item.index, c] : undefined);
                    if (refocus) requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-at="${item.index}:${c}"]`)?.focus());
                  }}
                />
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
