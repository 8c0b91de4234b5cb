// How values are shown.
import { Link } from '@tanstack/react-router';
import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import * as format from '@/shared/meta/format';
import { entryOfId, useText } from '@/shared/meta/load';
import { referred } from '@/shared/meta/select';
import type { Choice } from '@/shared/meta/types';
import type { CellProps } from './types';

const useLocale = () => useTranslation().i18n.language;

export const TextCell = ({ value }: CellProps) => <>{String(value)}</>;
export const LongCell = ({ value, compact }: CellProps) => (compact ? <>{String(value).slice(0, 200)}</> : <div className="long">{String(value)}</div>);
export const NumberCell = ({ value, field }: CellProps) => <>{format.number(value as string, useLocale(), field.settings?.scale)}</>;
export const PercentCell = ({ value }: CellProps) => <>{format.percent(value as string, useLocale())}</>;
export const DayCell = ({ value }: CellProps) => <>{format.day(String(value), useLocale())}</>;
export const InstantCell = ({ value, index }: CellProps) => <>{format.instant(String(value), useLocale(), index.zone)}</>;
export const TimeCell = ({ value }: CellProps) => <>{String(value).slice(0, 5)}</>;
export const MoneyCell = ({ value, row }: CellProps) => <>{format.money(value as string, useLocale(), row.currency as string | undefined)}</>;

export function BoolCell({ value }: CellProps) {
  const { t } = useTranslation();
  return <>{t(value ? 'bool.true' : 'bool.false')}</>;
}

const colours = /^(#[0-9a-f]{3,8}|[a-z]+)$/i;

export function ChoiceTag({ choice, value }: { choice?: Choice; value: string }) {
  const text = useText();
  return (
    <Tag className="choice" data-colour={choice?.color && colours.test(choice.color) ? choice.color : undefined}>
      {choice ? text(choice.label) || choice.code : value}
    </Tag>
  );
}

export function ChoiceCell({ value, field }: CellProps) {
  const values = (Array.isArray(value) ? value : [value]) as string[];
  return (
    <>
      {values.map((v) => (
        <ChoiceTag key={v} value={v} choice={field.choices?.find((c) => c.value === v)} />
      ))}
    </>
  );
}

export function TagsCell({ value }: CellProps) {
  return (
    <>
      {(value as string[]).map((v) => (
        <Tag key={v}>{v}</Tag>
      ))}
    </>
  );
}

export function ReferenceCell({ field, row, index, compact }: CellProps) {
  return (
    <>
      {referred(index, field, row).map((r, i) => {
        const entry = entryOfId(index, r.id);
        return (
          <span key={r.id}>
            {i > 0 && ', '}
            {entry && !compact ? (
              <Link to="/o/$object/$id" params={{ object: entry.name, id: r.id }}>
                {r.title}
              </Link>
            ) : (
              r.title
            )}
          </span>
        );
      })}
    </>
  );
}

function outside(href: string) {
  return function Outside({ value, compact }: CellProps) {
    const text = String(value);
    if (compact || (href === '' && !/^https?:\/\//i.test(text))) return <>{text}</>;
    return (
      <a href={href + text} rel="noreferrer noopener" target={href ? undefined : '_blank'}>
        {text}
      </a>
    );
  };
}

export const UrlCell = outside('');
export const EmailCell = outside('mailto:');
export const PhoneCell = outside('tel:');

export function JsonCell({ value, compact }: CellProps) {
  const text = JSON.stringify(value, null, compact ? 0 : 2);
  return compact ? <code>{text.slice(0, 120)}</code> : <pre className="long">{text}</pre>;
}

export function PointCell({ value }: CellProps) {
  const { lat, lng } = value as { lat: number; lng: number };
  return (
    <>
      {lat.toFixed(5)}, {lng.toFixed(5)}
    </>
  );
}

export function FileCell({ value, compact }: CellProps) {
  const locale = useLocale();
  const f = value as { id: string; name: string; size: number };
  if (compact) return <>{f.name}</>;
  return (
    <a href={`/files/${f.id}`} download={f.name}>
      {f.name} <span className="quiet">({format.bytes(f.size, locale)})</span>
    </a>
  );
}
