// A record to try something on, found by what it is called, or by its id.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { find } from '@/shared/api/find';
import { entryOf, useIndex } from '@/shared/meta/load';

interface Props {
  object: string | undefined;
  label: string;
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}

const isId = (text: string) => /^\w+_\d+$/.test(text);

/** RecordPick lists records of an object while one types; without one, ids are typed. */
export function RecordPick({ object, label, value, onChange }: Props) {
  const index = useIndex();
  const entry = object ? entryOf(index, object) : undefined;
  const [typed, setTyped] = useState('');
  const wanted = useDeferredValue(typed.trim());
  const found = useQuery({ queryKey: ['find', object, wanted], enabled: !!entry && !isId(wanted), placeholderData: keepPreviousData, queryFn: ({ signal }) => find(entry!, wanted, signal) });
  const options = isId(wanted) ? [{ value: wanted, label: wanted }] : (found.data ?? []).map((r) => ({ value: r.id, label: r.title }));
  return (
    <Select
      className="record-pick"
      aria-label={label}
      placeholder={label}
      allowClear
      showSearch
      filterOption={false}
      onSearch={setTyped}
      loading={found.isFetching}
      value={value}
      onChange={(v?: string) => onChange(v)}
      options={value && !options.some((o) => o.value === value) ? [...options, { value, label: value }] : options}
    />
  );
}
