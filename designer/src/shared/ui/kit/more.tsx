// Inputs of values that are more than a text.
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/shared/api/http';
import { upload } from '@/shared/api/files';
import type { EditProps } from './types';

/** PointEdit takes a latitude and a longitude. */
export function PointEdit(p: EditProps) {
  const { t } = useTranslation();
  const point = (p.value ?? {}) as { lat?: number; lng?: number };
  const part = (key: 'lat' | 'lng') => (
    <Input
      id={key === 'lat' ? p.id : undefined}
      aria-label={t(`point.${key}`)}
      inputMode="decimal"
      status={p.status}
      disabled={p.disabled}
      placeholder={t(`point.${key}`)}
      value={point[key] ?? ''}
      onBlur={p.onBlur}
      onChange={(e) => {
        const text = e.target.value;
        const next = { ...point, [key]: text === '' ? undefined : Number.isNaN(Number(text)) || text.endsWith('.') ? (text as unknown as number) : Number(text) };
        p.onChange(next.lat === undefined && next.lng === undefined ? null : next);
      }}
    />
  );
  return (
    <div className="pair">
      {part('lat')}
      {part('lng')}
    </div>
  );
}

/** JsonEdit takes the text of a JSON value, and gives the value once it is one. */
export function JsonEdit(p: EditProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => (p.value === null || p.value === undefined ? '' : JSON.stringify(p.value, null, 2)));
  const [bad, setBad] = useState(false);
  return (
    <>
      <Input.TextArea
        id={p.id}
        aria-describedby={p['aria-describedby']}
        className="mono"
        rows={3}
        classNames={{ textarea: 'growing' }}
        status={bad ? 'error' : p.status}
        disabled={p.disabled}
        value={text}
        onBlur={p.onBlur}
        onChange={(e) => {
          setText(e.target.value);
          try {
            p.onChange(e.target.value.trim() === '' ? null : JSON.parse(e.target.value));
            setBad(false);
          } catch {
            setBad(true);
          }
        }}
      />
      {bad && <div className="field-error">{t('json.bad')}</div>}
    </>
  );
}

interface FileValue {
  id: string;
  name: string;
}

/** FileEdit uploads a file and gives its id. */
export function FileEdit(p: EditProps) {
  const { t } = useTranslation();
  const [state, setState] = useState<{ name?: string; busy?: boolean; error?: string }>({});
  const held = p.value && typeof p.value === 'object' ? (p.value as FileValue).name : state.name;
  const take = async (file: File | undefined) => {
    if (!file) return;
    setState({ name: file.name, busy: true });
    try {
      const { id } = await upload(file, p.object ?? '', p.field.name);
      setState({ name: file.name });
      p.onChange(id);
    } catch (e) {
      setState({ error: e instanceof ApiError ? e.message : t('error.unknown') });
    }
  };
  return (
    <div className="file">
      <input type="file" id={p.id} aria-describedby={p['aria-describedby']} accept={p.field.settings?.accept?.join(',')} disabled={p.disabled || state.busy} onChange={(e) => void take(e.target.files?.[0])} onBlur={p.onBlur} />
      {p.value ? (
        <span>
          {held}{' '}
          {!p.disabled && (
            <Button size="small" onClick={() => p.onChange(null)}>
              {t('file.remove')}
            </Button>
          )}
        </span>
      ) : null}
      {state.busy && <span role="status">{t('file.uploading')}</span>}
      {state.error && <div className="field-error">{state.error}</div>}
    </div>
  );
}
