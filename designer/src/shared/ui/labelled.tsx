// A labelled input, with what helps and what is wrong tied to it.
import { useId, type ReactNode } from 'react';

export interface InputProps {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
  'aria-required'?: boolean;
  status?: 'error';
}

export function Labelled(p: { label: ReactNode; help?: ReactNode; error?: string; warning?: string; required?: boolean; wide?: boolean; children: (input: InputProps) => ReactNode }) {
  const id = useId();
  const notes = [p.error && `${id}e`, p.warning && `${id}w`, p.help && `${id}h`].filter(Boolean).join(' ') || undefined;
  return (
    <div className={p.wide ? 'field wide' : 'field'}>
      <label htmlFor={id} className={p.required ? 'field-label must' : 'field-label'}>
        {p.label}
      </label>
      {p.children({ id, 'aria-describedby': notes, 'aria-invalid': p.error ? true : undefined, 'aria-required': p.required || undefined, status: p.error ? 'error' : undefined })}
      {p.error && (
        <div id={`${id}e`} className="field-error">
          {p.error}
        </div>
      )}
      {p.warning && (
        <div id={`${id}w`} className="field-warning">
          {p.warning}
        </div>
      )}
      {p.help && (
        <div id={`${id}h`} className="field-help">
          {p.help}
        </div>
      )}
    </div>
  );
}
