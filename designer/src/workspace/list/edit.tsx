// Typing into a cell of a list. What was typed is shown at once, and taken back when the server refuses it.
import { useMutation } from '@tanstack/react-query';
import { App } from 'antd';
import { useId, useRef, useState } from 'react';
import type { Failure } from '@/shared/api/graphql';
import type { Row } from '@/shared/api/graphql';
import { useIndex, useText } from '@/shared/meta/load';
import { selectFields } from '@/shared/meta/select';
import type { Field, ObjectMeta } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { judge, scopeOf } from '../form/model';
import { changed } from '../form/values';
import { update } from '../form/write';

interface Props {
  meta: ObjectMeta;
  field: Field;
  row: Row;
  columns: string[];
  patch: (id: string, change: Partial<Row>) => () => void;
  onClose: (refocus: boolean) => void;
}

export default function InlineEdit({ meta, field, row, columns, patch, onClose }: Props) {
  const text = useText();
  const index = useIndex();
  const id = useId();
  const { notification } = App.useApp();
  const [value, setValue] = useState<unknown>(row[field.api] ?? null);
  const [error, setError] = useState<string>();
  const done = useRef(false);
  const { Edit, instant } = uiOf(field);
  const label = text(field.label) || field.api;

  const save = useMutation({
    mutationFn: async (v: unknown) => {
      const back = patch(row.id, { [field.api]: v } as Partial<Row>);
      try {
        return await update(meta, row.id, { [field.api]: v }, row.version as number, selectFields(index, meta, columns).replace(/^id version ?/, ''));
      } catch (e) {
        back();
        throw e;
      }
    },
    onSuccess: ({ warnings, ...now }) => {
      patch(row.id, now as Partial<Row>);
      for (const w of warnings) notification.warning({ title: w.message, placement: 'bottomRight' });
      onClose(true);
    },
    onError: (e) => {
      done.current = false;
      setError(((e as unknown as Failure).all ?? [e]).map((x) => x.message).join(' '));
    },
  });

  const commit = (v: unknown) => {
    if (done.current) return;
    if (Object.keys(changed({ [field.api]: v }, row)).length === 0) return onClose(false);
    const broken = judge(meta, scopeOf(meta, index, { ...row, [field.api]: v }, row)).errors;
    const at = broken[field.api] ?? Object.values(broken)[0];
    if (at) return setError(text(at.message));
    done.current = true;
    setError(undefined);
    save.mutate(v);
  };

  if (!Edit) return null;
  return (
    <div
      className="inline"
      onKeyDown={(e) => {
        e.stopPropagation();
        if (e.key === 'Escape') {
          done.current = true;
          onClose(true);
        }
        if (e.key === 'Enter' && !instant && !e.nativeEvent.isComposing) commit(value);
      }}
    >
      <Edit
        id={id}
        name={label}
        field={field}
        object={meta.name}
        row={row}
        index={index}
        value={value}
        autoFocus
        opened={instant}
        status={error ? 'error' : undefined}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}e` : undefined}
        onChange={(v) => {
          setValue(v);
          setError(undefined);
          if (instant) commit(v);
        }}
        onBlur={() => {
          if (instant) setTimeout(() => !done.current && onClose(false), 200);
          else if (!error) commit(value);
        }}
      />
      {error && (
        <div id={`${id}e`} role="alert" className="inline-error">
          {error}
        </div>
      )}
    </div>
  );
}
