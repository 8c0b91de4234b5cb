
/** Hours by weekday, mon to sun: ["09:00-12:00", "13:00-18:00"]. */
interface Calendar {
  key: string;
  zone: string;
  week: { [day in 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun']?: string[] };
  exceptions?: { date: string; to?: string; kind: 'holiday' | 'workday'; hours?: string[]; name?: string }[];
}
/** Instants are text, such as 2026-03-02T09:00:00+08:00. */
declare const calendar: {
  open(c: Calendar, at: string): boolean;
  workday(c: Calendar, at: string): boolean;
  minutes(c: Calendar, from: string, to: string): number;
  workdays(c: Calendar, from: string, to: string): number;
  add(c: Calendar, from: string, time: string): string;
  addDays(c: Calendar, from: string, days: number): string;
};
