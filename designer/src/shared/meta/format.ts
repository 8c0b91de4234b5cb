// How values are written for people, by language and time zone. Decimals come as text and stay exact.

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function kept<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
  let f = cache.get(key) as T | undefined;
  if (!f) cache.set(key, (f = make()));
  return f;
}

const exact = (v: string | number) => v as unknown as number; // Intl formats text exactly; its types do not know it

export function number(v: string | number, locale: string, scale?: number): string {
  return kept(`n${locale}${scale}`, () => new Intl.NumberFormat(locale, scale === undefined ? { maximumFractionDigits: 20 } : { minimumFractionDigits: scale, maximumFractionDigits: Math.max(scale, 20) })).format(exact(v));
}

export function money(v: string | number, locale: string, currency?: string): string {
  if (!currency || !/^[A-Z]{3}$/.test(currency)) return number(v, locale, 2);
  return kept(`m${locale}${currency}`, () => new Intl.NumberFormat(locale, { style: 'currency', currency })).format(exact(v));
}

export function percent(v: string | number, locale: string): string {
  return kept(`p${locale}`, () => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 4 })).format(exact(v));
}

/** day writes a date such as 2026-03-01, which has no time zone. */
export function day(v: string, locale: string): string {
  const at = new Date(`${v}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return v;
  return kept(`d${locale}`, () => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })).format(at);
}

export function instant(v: string, locale: string, zone?: string): string {
  const at = new Date(v);
  if (Number.isNaN(at.getTime())) return v;
  return kept(`i${locale}${zone}`, () => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone })).format(at);
}

export function bytes(n: number, locale: string): string {
  const unit = n < 1024 ? 'byte' : n < 1 << 20 ? 'kilobyte' : 'megabyte';
  const v = unit === 'byte' ? n : unit === 'kilobyte' ? n / 1024 : n / (1 << 20);
  return kept(`b${locale}${unit}`, () => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 })).format(v);
}

const wall = (at: Date, zone: string) =>
  kept(`w${zone}`, () => new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }))
    .format(at)
    .replace(' ', 'T');

/** toWall gives an instant as clocks of a zone show it: 2026-03-01T09:30. */
export function toWall(v: string, zone: string): string {
  const at = new Date(v);
  return Number.isNaN(at.getTime()) ? '' : wall(at, zone).slice(0, 16);
}

/** fromWall gives the instant at which clocks of a zone show a time; of two the earlier one. */
export function fromWall(local: string, zone: string): string {
  const target = Date.parse(`${local.slice(0, 16)}:00Z`);
  let at = target;
  for (let i = 0; i < 3; i++) at += target - Date.parse(`${wall(new Date(at), zone)}Z`);
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
