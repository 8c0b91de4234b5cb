// The boxes with which rows are chosen. They are the browser's own: a list has many of them.
import { useTranslation } from 'react-i18next';
import type { Row } from '@/shared/api/graphql';
import { titleOf } from '@/shared/meta/select';
import type { ObjectMeta } from '@/shared/meta/types';
import { everything, nothing, type Selection } from './selection';

/** Choose chooses a row; with Shift all from the last one on. In a grid the keyboard does so with the space bar. */
export function Choose({ row, meta, on, onChoose }: { row: Row | undefined; meta: ObjectMeta; on: boolean; onChoose: (range: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <div role="gridcell" aria-colindex={1} className="cell choose">
      {row && <input type="checkbox" tabIndex={-1} checked={on} aria-label={t('list.choose', { name: titleOf(meta, row) })} onClick={(e) => onChoose(e.shiftKey)} onChange={() => {}} />}
    </div>
  );
}

/** ChooseAll chooses all records of the filter, also those that are not on the screen. */
export function ChooseAll({ selection: s, onSelect }: { selection: Selection; onSelect: (s: Selection) => void }) {
  const { t } = useTranslation();
  const whole = s.all && s.ids.size === 0;
  return (
    <div role="columnheader" aria-colindex={1} className="cell choose">
      <input
        type="checkbox"
        checked={whole}
        ref={(box) => {
          if (box) box.indeterminate = !whole && (s.all || s.ids.size > 0);
        }}
        aria-label={t('list.chooseAll')}
        onChange={(e) => onSelect(e.target.checked ? everything : nothing)}
      />
    </div>
  );
}
