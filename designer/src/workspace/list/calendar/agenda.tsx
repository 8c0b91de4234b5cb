// The days of a calendar that have something, one below the other: for narrow screens.
import { Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { Entries, useDayName, type PartProps } from './month';

export function Agenda({ meta, columns, from, days, entries, today, month, title }: PartProps) {
  const { t } = useTranslation();
  const name = useDayName({ weekday: 'short', month: 'short', day: 'numeric' });
  const busy = days.filter((d) => (!month || d.startsWith(month)) && (entries.get(d)?.length ?? 0) > 0);
  if (busy.length === 0) return <Empty description={t('calendar.none')} />;
  return (
    <div className="agenda" tabIndex={0} role="group" aria-label={title}>
      {busy.map((d) => (
        <section key={d} aria-current={d === today ? 'date' : undefined} className={d === today ? 'today' : undefined}>
          <h3>{name(d)}</h3>
          <Entries meta={meta} columns={columns} from={from} entries={entries.get(d) ?? []} full />
        </section>
      ))}
    </div>
  );
}
