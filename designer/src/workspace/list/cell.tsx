import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { Row } from '@/shared/api/graphql';
import type { Field, ObjectMeta } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { Value } from '@/shared/ui/value';

export interface CellState {
  meta: ObjectMeta;
  field: Field;
  row: Row | undefined;
  at: [number, number];
  focusable: boolean;
  onFocus: () => void;
  onOpen: () => void;
  title?: string; // of the cell that leads to the record
}

/** GridCell shows one value. The keyboard goes from cell to cell; Enter opens the record. */
export const GridCell = memo(
  function GridCell({ meta, field, row, at, focusable, onFocus, onOpen, title }: CellState) {
    return (
      <div
        role="gridcell"
        aria-colindex={at[1] + 1}
        data-at={`${at[0]}:${at[1]}`}
        tabIndex={focusable ? 0 : -1}
        className={uiOf(field).end ? 'cell end' : 'cell'}
        onFocus={onFocus}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && e.target === e.currentTarget) onOpen();
        }}
      >
        {!row ? (
          <span className="ghost" />
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
  (a, b) => a.row === b.row && a.field === b.field && a.focusable === b.focusable && a.at[0] === b.at[0] && a.at[1] === b.at[1] && a.title === b.title,
);
