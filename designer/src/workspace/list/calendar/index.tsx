// A calendar of records, by a day or from a day to another: a month or a week, as a list of days on narrow screens.
import './calendar.css';
import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Segmented } from 'antd';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListSearch } from '@/app/router';
import { fieldOf, useIndex } from '@/shared/meta/load';
import { useNarrow } from '@/shared/ui/narrow';
import type { BodyProps } from '../grid';
import { Agenda } from './agenda';
import { addDays, daysOf, during, isDay, onDays, step, type Span } from './model';
import { Month } from './month';
import { fetchDays } from './query';

interface Props extends BodyProps {
  date: string | undefined;
  span: string | undefined;
  onGo: (change: ListSearch) => void;
}

export default function Calendar({ meta, view, listing, columns, onCount, date, span, onGo }: Props) {
  const { t, i18n } = useTranslation();
  const index = useIndex();
  const narrow = useNarrow();
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: index.zone, dateStyle: 'short' }).format(new Date());
  const day = isDay(date) ? date : today;
  const how: Span = span === 'week' ? 'week' : 'month';
  const from = fieldOf(meta, view.from!)!;
  const to = view.to ? fieldOf(meta, view.to) : undefined;
  const days = useMemo(() => daysOf(day, how), [day, how]);
  const shown = useMemo(() => ({ ...listing, filter: during(listing.filter, from, to, days[0]!, days.at(-1)!, index.zone), sort: [{ field: from.api }] }), [listing, from, to, days, index.zone]);
  const names = [...columns.map((f) => f.api), from.api, ...(to ? [to.api] : [])];
  const found = useQuery({ queryKey: ['days', meta.name, JSON.stringify([shown, names])], queryFn: ({ signal }) => fetchDays(index, meta, shown, names, signal), placeholderData: (was) => was });
  const total = found.data?.total;
  useEffect(() => onCount(total), [total, onCount]);
  const entries = useMemo(() => onDays(found.data?.rows ?? [], days, from, to, index.zone), [found.data, days, from, to, index.zone]);
  const title =
    how === 'month'
      ? new Intl.DateTimeFormat(i18n.language, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
      : new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeZone: 'UTC' }).formatRange(new Date(`${days[0]}T00:00:00Z`), new Date(`${addDays(days[0]!, 6)}T00:00:00Z`));
  const part = { meta, columns, from, to, days, entries, today, title, month: how === 'month' ? day.slice(0, 7) : undefined };
  return (
    <>
      <div className="bar calendar-bar">
        <Button icon={<LeftOutlined />} aria-label={t(`calendar.back.${how}`)} onClick={() => onGo({ date: step(day, how, -1) })} />
        <Button onClick={() => onGo({ date: undefined })}>{t('calendar.today')}</Button>
        <Button icon={<RightOutlined />} aria-label={t(`calendar.on.${how}`)} onClick={() => onGo({ date: step(day, how, 1) })} />
        <h2 aria-live="polite">{title}</h2>
        <span className="grow" />
        <Segmented aria-label={t('calendar.span')} value={how} options={(['month', 'week'] as const).map((s) => ({ value: s, label: t(`calendar.${s}`) }))} onChange={(s) => onGo({ span: s === 'week' ? 'week' : undefined, date: day })} />
      </div>
      {found.error && <Alert type="error" showIcon title={found.error.message} />}
      {found.data && found.data.total > found.data.rows.length && <Alert type="warning" showIcon title={t('calendar.first', { count: found.data.rows.length, of: found.data.total })} />}
      {narrow ? <Agenda {...part} /> : <Month {...part} tall={how === 'week'} />}
    </>
  );
}
