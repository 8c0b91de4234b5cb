// A list on a narrow screen: a card for each record, of its first four columns.
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Alert, Empty } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useText } from '@/shared/meta/load';
import { titleOf } from '@/shared/meta/select';
import { Value } from '@/shared/ui/value';
import { selectable, type GridProps } from './grid';
import { useRows } from './rows';
import { choose, chosen } from './selection';
import { useSettled } from './settled';

const shown = 4;

export default function Cards({ meta, listing, columns, selection, onSelect, onCount }: GridProps) {
  const { t } = useTranslation();
  const text = useText();
  const scroller = useRef<HTMLUListElement>(null);
  const [range, setRange] = useState<[number, number]>([0, 20]);
  const rows = useRows(meta, listing, columns.map((f) => f.api), range[0], range[1]);
  const can = selectable(meta);
  const fields = columns.slice(0, shown).filter((f) => f.api !== meta.nameField);
  useEffect(() => onCount(rows.count), [rows.count, onCount]);
  const virtual = useVirtualizer({ count: rows.count ?? 0, getScrollElement: () => scroller.current, estimateSize: () => 46 + fields.length * 22, gap: 8, overscan: 6 });
  const items = virtual.getVirtualItems();
  useSettled(items[0]?.index ?? 0, items.at(-1)?.index ?? 0, range, setRange);
  if (rows.error) return <Alert type="error" showIcon title={rows.error.message} />;
  if (rows.count === 0) return <Empty description={t(listing.search || listing.filter.length ? 'list.emptyFiltered' : 'list.empty')} />;
  return (
    <ul className="cardlist" ref={scroller} aria-busy={rows.loading} tabIndex={0} aria-label={text(meta.pluralLabel)}>
      {items.map((item, i) => {
        const row = rows.at(item.index);
        return (
          <li key={item.key} ref={virtual.measureElement} data-index={item.index} className="rowcard" aria-setsize={rows.count} aria-posinset={item.index + 1} style={i === 0 ? { marginTop: item.start } : i === items.length - 1 ? { marginBottom: virtual.getTotalSize() - item.end } : undefined}>
            {row ? (
              <>
                {can && <input type="checkbox" checked={chosen(selection, row.id)} aria-label={t('list.choose', { name: titleOf(meta, row) })} onChange={(e) => onSelect(choose(selection, [row.id], e.target.checked))} />}
                <Link to="/o/$object/$id" params={{ object: meta.name, id: row.id }}>
                  {titleOf(meta, row)}
                </Link>
                <dl>
                  {fields.map((f) => (
                    <div key={f.api}>
                      <dt>{text(f.label) || f.api}</dt>
                      <dd>
                        <Value field={f} row={row} compact />
                      </dd>
                    </div>
                  ))}
                </dl>
              </>
            ) : (
              <span className="ghost" />
            )}
          </li>
        );
      })}
    </ul>
  );
}
