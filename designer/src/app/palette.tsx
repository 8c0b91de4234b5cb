// Finding something by typing a part of it: records, and the pages of all apps. Opened by Ctrl K.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Input, Modal } from 'antd';
import { useDeferredValue, useId, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { search } from '@/shared/api/find';
import { entryOf, useIndex, useText } from '@/shared/meta/load';
import './palette-texts';

interface Goal {
  key: string;
  title: string;
  kind: string;
  go: () => void;
}

const mostPages = 6;

export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const navigate = useNavigate();
  const id = useId();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(typed.trim());
  const found = useQuery({ queryKey: ['search', wanted], enabled: wanted !== '', placeholderData: keepPreviousData, queryFn: ({ signal }) => search(wanted, signal) });

  const pages: Goal[] = index.objects
    .map((o) => ({ key: o.name, title: text(o.pluralLabel) || text(o.label), kind: t('palette.list'), go: () => void navigate({ to: '/o/$object', params: { object: o.name } }) }))
    .concat([
      { key: '/inbox', title: t('app.inbox'), kind: t('palette.page'), go: () => void navigate({ to: '/inbox' }) },
      { key: '/notices', title: t('notice.title'), kind: t('palette.page'), go: () => void navigate({ to: '/notices' }) },
      ...(index.rights.includes('import') ? [{ key: '/imports', title: t('app.imports'), kind: t('palette.page'), go: () => void navigate({ to: '/imports' }) }] : []),
      { key: '/me', title: t('app.account'), kind: t('palette.page'), go: () => void navigate({ to: '/me' }) },
    ])
    .filter((p) => wanted !== '' && p.title.toLocaleLowerCase().includes(wanted.toLocaleLowerCase()))
    .slice(0, mostPages);
  const records: Goal[] = (wanted ? (found.data ?? []) : []).map((r) => ({
    key: r.id,
    title: r.title,
    kind: text(entryOf(index, r.object)?.label),
    go: () => void navigate({ to: '/o/$object/$id', params: { object: r.object, id: r.id } }),
  }));
  const everything: Goal[] = wanted ? [{ key: '/search', title: t('palette.all', { text: wanted }), kind: t('palette.page'), go: () => void navigate({ to: '/search', search: { q: wanted } }) }] : [];
  const goals = [...pages, ...records, ...everything];
  const now = Math.min(at, goals.length - 1);

  const take = (g: Goal | undefined) => {
    if (!g) return;
    onClose();
    g.go();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.nativeEvent.isComposing) return;
    if (e.key === 'Enter') take(goals[now]);
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step || goals.length === 0) return;
    e.preventDefault();
    setAt((now + step + goals.length) % goals.length);
  };

  return (
    <Modal open onCancel={onClose} footer={null} title={t('app.search')} width={560} destroyOnHidden>
      <Input
        autoFocus
        size="large"
        role="combobox"
        aria-label={t('palette.type')}
        aria-expanded={goals.length > 0}
        aria-controls={`${id}l`}
        aria-activedescendant={goals.length > 0 ? `${id}${now}` : undefined}
        placeholder={t('palette.type')}
        maxLength={200}
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {found.error && (
        <p role="alert" className="field-error">
          {found.error.message}
        </p>
      )}
      <p className="sr-only" role="status">
        {wanted !== '' && !found.isFetching && t('palette.found', { count: pages.length + records.length })}
      </p>
      <ul id={`${id}l`} role="listbox" aria-label={t('app.search')} className="goals">
        {goals.map((g, i) => (
          <li key={g.key} id={`${id}${i}`} role="option" aria-selected={i === now} onClick={() => take(g)} onMouseMove={() => i !== now && setAt(i)}>
            <span>{g.title}</span> <span className="quiet">{g.kind}</span>
          </li>
        ))}
      </ul>
      {wanted !== '' && found.data && !found.isFetching && pages.length + records.length === 0 && <p>{t('reference.none')}</p>}
    </Modal>
  );
}
