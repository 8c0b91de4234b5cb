import { useIndex } from '@/shared/meta/load';
import type { Field } from '@/shared/meta/types';
import { uiOf } from './fields';

/** Value shows the value of a field of a row, as its type shows it. */
export function Value({ field, row, compact }: { field: Field; row: Record<string, unknown>; compact?: boolean }) {
  const index = useIndex();
  const value = row[field.api];
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return compact ? null : <span className="quiet">—</span>;
  const { Cell } = uiOf(field);
  if (field.masked && typeof value === 'string') return <>{value}</>;
  return <Cell field={field} value={value} row={row} index={index} compact={compact} />;
}
