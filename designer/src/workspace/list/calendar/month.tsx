// The weeks of a calendar as a table.
import { Link } from '@tanstack/react-router';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIndex, useText } from '@/shared/meta/load';
import { titleOf } from '@/shared/meta/select';
import type { Field, ObjectMeta } from '@/shared/meta/types';
import { Value } from '@/shared/ui/value';
import { timeIn, type Entry } from './model';

export interface PartProps {
  meta: ObjectMeta;
  columns: Field[];
  from: Field;
  to: Field | undefined;
  days: string[];
  entries: Map<string, Entry[]>;
  today: string;
  title: string;
  month: string | undefined; // 2026-03: days of other months are quiet
}

const most = 4; // entries of a day

export const useDayName = (options: Intl.DateTimeFormatOptions) => {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language, { ...options, timeZone: 'UTC' });
  return (day: string) => format.format(new Date(`${day}T00:00:00Z`));
};

export function Month({ tall, ...p }: PartProps & { tall: boolean }) {
  const { t } = useTranslation();
  const weekday = useDayName({ weekday: 'short' });
  const long = useDayName({ dateStyle: 'full' });
  const [open, setOpen] = useState<string>();
  const weeks = Array.from({ length: p.days.length / 7 }, (_, w) => p.days.slice(w * 7, w * 7 + 7));
  return (
    <div className="calendar" tabIndex={0} role="group" aria-label={p.title}>
      <table className={tall ? 'week' : 'month'}>
        <caption className="sr-only">{p.title}</caption>
        <thead>
          <tr>
            {p.days.slice(0, 7).map((d) => (
              <th key={d} scope="col">
                {weekday(d)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((d) => {
                const all = p.entries.get(d) ?? [];
                const shown = tall ? all : all.slice(0, all.length > most ? most - 1 : most);
                return (
                  <td key={d} className={[d === p.today && 'today', p.month && !d.startsWith(p.month) && 'other'].filter(Boolean).join(' ') || undefined} aria-current={d === p.today ? 'date' : undefined}>
                    <DayNumber day={d} meta={p.meta} from={p.from} />
                    <Entries meta={p.meta} columns={p.columns} from={p.from} entries={shown} />
                    {shown.length < all.length && (
                      <Button type="link" size="small" onClick={() => setOpen(d)}>
                        {t('calendar.more', { count: all.length - shown.length })}
                      </Button>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {open && (
        <Modal open title={long(open)} footer={null} onCancel={() => setOpen(undefined)}>
          <Entries meta={p.meta} columns={p.columns} from={p.from} entries={p.entries.get(open) ?? []} full />
        </Modal>
      )}
    </div>
  );
}

/** DayNumber names a day, and leads to a new record on it. */
function DayNumber({ day, meta, from }: { day: string; meta: ObjectMeta; from: Field }) {
  const { t } = useTranslation();
  const long = useDayName({ dateStyle: 'medium' });
  const n = String(Number(day.slice(8)));
  if (!meta.may.create || !from.writable || (from.as || from.kind) !== 'date') return <span className="day">{n}</span>;
  return (
    <Link className="day" to="/o/$object/new" params={{ object: meta.name }} search={{ [from.api]: day }} aria-label={t('calendar.new', { day: long(day) })} title={t('calendar.new', { day: long(day) })}>
      <span aria-hidden>{n}</span>
    </Link>
  );
}

interface EntriesProps {
  meta: ObjectMeta;
  columns: Field[];
  from: Field;
  entries: Entry[];
  full?: boolean; // with the other columns
}

/** Entries are the records of a day. */
export function Entries({ meta, columns, from, entries, full }: EntriesProps) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  if (entries.length === 0) return null;
  const others = columns.filter((f) => f.api !== meta.nameField && f !== from);
  return (
    <ul className="entries">
      {entries.map(({ row, begins, ends }) => (
        <li key={row.id} className={[!begins && 'goes-on', !ends && 'lasts'].filter(Boolean).join(' ') || undefined}>
          <Link to="/o/$object/$id" params={{ object: meta.name, id: row.id }}>
            {begins && timeIn(from, row[from.api], index.zone) && <span className="quiet">{timeIn(from, row[from.api], index.zone)} </span>}
            {!begins && <span className="sr-only">{t('calendar.goesOn')} </span>}
            {titleOf(meta, row)}
          </Link>
          {full && (
            <span className="entry-more">
              {others.map((f) => (
                <span key={f.api} title={text(f.label)}>
                  <Value field={f} row={row} compact />
                </span>
              ))}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
