import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { useText } from '@/shared/meta/load';
import type { Field, Sort } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';

/** HeaderCell names a column, and orders the list by it. */
export function HeaderCell({ field, column, sort, onSort }: { field: Field; column: number; sort?: Sort; onSort: (field: string) => void }) {
  const { t } = useTranslation();
  const text = useText();
  const sorted = sort?.field === field.api;
  const label = text(field.label) || field.api;
  return (
    <div role="columnheader" aria-colindex={column + 1} aria-sort={sorted ? (sort.desc ? 'descending' : 'ascending') : undefined} className={uiOf(field).end ? 'cell end' : 'cell'}>
      {field.sortable ? (
        <button type="button" className="plain" title={t('list.sortBy', { field: label })} onClick={() => onSort(field.api)}>
          {label} {sorted && (sort.desc ? <ArrowDownOutlined aria-hidden /> : <ArrowUpOutlined aria-hidden />)}
        </button>
      ) : (
        label
      )}
    </div>
  );
}
