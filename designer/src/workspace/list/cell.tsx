import { Link } from '@tanstack/react-router';
import { lazy, memo, Suspense } from 'react';
import type { Row } from '@/shared/api/graphql';
import type { Field, ObjectMeta } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { loadEdits } from '@/shared/ui/kit';
import { Value } from '@/shared/ui/value';

const InlineEdit = lazy(() => Promise.all([import('./edit'), loadEdits()]).then(([m]) => m));

/** editable says whether a field can be typed in a list. */
export function editable(meta: ObjectMeta, f: Field): boolean {
  const ui = uiOf(f);
  return meta.may.update && !!f.writable && !!ui.Edit && ui.inline !== false;
}

export interface CellState {
  meta: ObjectMeta;
  field: Field;
  row: Row | undefined;
  at: [number, number]; // row and field
  column: number; // aria-colindex
  focusable: boolean;
  onFocus: () => void;
  onOpen: () => void;
  title?: string; // of the cell that leads to the record
  editing: boolean;
  onEdit: (on: boolean, refocus?: boolean) => void;
  columns: string[];
  patch: (id: string, change: Partial<Row>) => () => void;
}

/** GridCell shows one value. The keyboard goes from cell to cell; Enter opens the record. */
export const GridCell = memo(
  function GridCell({ meta, field, row, at, column, focusable, onFocus, onOpen, title, editing, onEdit, columns, patch }: CellState) {
    const canEdit = !!row && editable(meta, field) && row.locked !== true;
    return (
      <div
        role="gridcell"
        aria-colindex={column}
        data-at={`${at[0]}:${at[1]}`}
        tabIndex={focusable ? 0 : -1}
        className={`cell${uiOf(field).end ? ' end' : ''}${canEdit ? ' can' : ''}${editing ? ' editing' : ''}`}
        aria-readonly={!canEdit}
        onFocus={onFocus}
        onKeyDown={(e) => {
          if (e.target !== e.currentTarget) return;
          if (e.key === 'Enter' && title !== undefined) onOpen();
          else if (canEdit && (e.key === 'Enter' || e.key === 'F2')) {
            e.preventDefault();
            onEdit(true);
          }
        }}
        onDoubleClick={() => canEdit && onEdit(true)}
      >
        {!row ? (
          <span className="ghost" />
        ) : editing ? (
          <Suspense>
            <InlineEdit meta={meta} field={field} row={row} columns={columns} patch={patch} onClose={(refocus) => onEdit(false, refocus)} />
          </Suspense>
        ) : title !== undefined ? (
          <Link to="/o/$object/$id" params={{ object: meta.name, id: row.id }} tabIndex={-1}>
            {title}
          </Link>
        ) : (
          <Value field={field} row={row} compact />
        )}
      </div>
    );
  },
  (a, b) => a.row === b.row && a.field === b.field && a.focusable === b.focusable && a.editing === b.editing && a.columns === b.columns && a.at[0] === b.at[0] && a.at[1] === b.at[1] && a.title === b.title,
);
