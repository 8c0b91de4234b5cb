import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useText } from '@/shared/meta/load';
import type { Field, Sort } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';

interface Props {
  field: Field;
  column: number; // aria-colindex
  sort: Sort[];
  onSort: (field: string, add: boolean) => void;
  onWidth: (width: number, done: boolean) => void;
}

/** HeaderCell names a column, orders the list by it (with Shift as a further key), and is drawn wider. Widths are typed in the settings of the view, too. */
export function HeaderCell({ field, column, sort, onSort, onWidth }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const at = sort.findIndex((s) => s.field === field.api);
  const sorted = sort[at];
  const label = text(field.label) || field.api;
  return (
    <div role="columnheader" aria-colindex={column} aria-sort={sorted && at === 0 ? (sorted.desc ? 'descending' : 'ascending') : undefined} className={uiOf(field).end ? 'cell head end' : 'cell head'}>
      {field.sortable ? (
        <button type="button" className="plain" title={t('list.sortBy', { field: label })} onClick={(e) => onSort(field.api, e.shiftKey)}>
          {label} {sorted && (sorted.desc ? <ArrowDownOutlined aria-hidden /> : <ArrowUpOutlined aria-hidden />)}
          {sorted && sort.length > 1 && <span className="sort-at">{at + 1}</span>}
        </button>
      ) : (
        label
      )}
      <Resize onWidth={onWidth} />
    </div>
  );
}

/** Resize is the edge of a column, for pointers. */
function Resize({ onWidth }: { onWidth: Props['onWidth'] }) {
  const from = useRef<[x: number, width: number]>(undefined);
  const width = (x: number) => Math.max(60, Math.round(from.current![1] + x - from.current![0]));
  return (
    <span
      aria-hidden
      className="resize"
      onPointerDown={(e) => {
        e.preventDefault();
        e.currentTarget.setPointerCapture(e.pointerId);
        from.current = [e.clientX, e.currentTarget.parentElement!.offsetWidth];
      }}
      onPointerMove={(e) => from.current && onWidth(width(e.clientX), false)}
      onPointerUp={(e) => {
        if (from.current && e.clientX !== from.current[0]) onWidth(width(e.clientX), true);
        from.current = undefined;
      }}
    />
  );
}
