// What is being changed: the files of all packages, the tenant's own ones as the draft has them. Changes are
// kept on the server soon after they are made, in order; what another has saved since is never written over.
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/shared/api/http';
import { changed, drafted, tenant, type Files, type Packages } from '../model/files';
import { begin, redo, step, undo, type History } from '../model/places';
import { loadQuery, saveDraft, type Installed } from './api';

export type Saving = 'saved' | 'saving' | 'waiting' | 'refused';

interface DraftState {
  revision: number;
  base: number; // the revision that the draft began at
  installed: Installed[];
  all: Packages; // as they would be
  active: Packages; // as they serve
  changes: Record<string, string | null>;
  saving: Saving;
  error?: ApiError;
  author: string;
  edit: (change: (all: Packages) => Files) => void;
  undo?: () => void;
  redo?: () => void;
  discard: () => Promise<void>;
  flush: () => Promise<void>;
  reload: () => Promise<void>;
}

const Context = createContext<DraftState | null>(null);

export function useDraft(): DraftState {
  const d = useContext(Context);
  if (!d) throw new Error('there is no draft around this');
  return d;
}

const pause = 400; // milliseconds between the last change and its saving

export function DraftProvider({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const query = loadQuery(i18n.language);
  const { data } = useSuspenseQuery(query);
  const client = useQueryClient();
  const base = useMemo(() => data.files[tenant] ?? {}, [data]);
  const [history, setHistory] = useState<History<Files>>(() => begin(drafted(base, data.draft.files)));
  const [saving, setSaving] = useState<Saving>('saved');
  const [error, setError] = useState<ApiError>();
  const version = useRef(data.draft.version);
  const kept = useRef(history.now); // what the server has
  const chain = useRef(Promise.resolve());
  const now = useRef(history.now);
  now.current = history.now;

  useEffect(() => {
    version.current = data.draft.version;
    const files = drafted(base, data.draft.files);
    kept.current = files;
    setHistory(begin(files));
    setSaving('saved');
    setError(undefined);
  }, [data, base]);

  const flush = useCallback((): Promise<void> => {
    chain.current = chain.current.then(async () => {
      const files = now.current;
      if (files === kept.current) return;
      setSaving('saving');
      try {
        const d = await saveDraft(changed(base, files), version.current);
        version.current = d.version;
        kept.current = files;
        setError(undefined);
        setSaving(now.current === files ? 'saved' : 'waiting');
      } catch (e) {
        setError(e instanceof ApiError ? e : new ApiError(String(e), 'INTERNAL'));
        setSaving('refused');
      }
    });
    return chain.current;
  }, [base]);

  useEffect(() => {
    if (history.now === kept.current) return;
    setSaving('waiting');
    const timer = setTimeout(() => void flush(), pause);
    return () => clearTimeout(timer);
  }, [history.now, flush]);

  useEffect(() => {
    const leave = (e: BeforeUnloadEvent) => now.current !== kept.current && e.preventDefault();
    addEventListener('beforeunload', leave);
    return () => removeEventListener('beforeunload', leave);
  }, []);

  const reload = useCallback(async () => {
    await client.invalidateQueries({ queryKey: ['setup'] });
    await client.invalidateQueries({ queryKey: ['meta'] });
  }, [client]);

  const state = useMemo<DraftState>(() => {
    const all: Packages = { ...data.files, [tenant]: history.now };
    return {
      revision: data.revision,
      base: data.draft.base,
      installed: data.installed,
      active: data.files,
      all,
      changes: changed(base, history.now),
      saving,
      error,
      author: data.draft.author,
      edit: (change) => setHistory((h) => step(h, change({ ...data.files, [tenant]: h.now }))),
      undo: history.past.length ? () => setHistory(undo) : undefined,
      redo: history.next.length ? () => setHistory(redo) : undefined,
      discard: async () => {
        setHistory((h) => step(h, base));
        now.current = base;
        await flush();
      },
      flush,
      reload,
    };
  }, [data, base, history, saving, error, flush, reload]);
  return <Context.Provider value={state}>{children}</Context.Provider>;
}

/** useKeys gives the draft the keys of undo and redo, but where a text is being typed. */
export function useUndoKeys() {
  const d = useDraft();
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== 'z') return;
      if (e.target instanceof HTMLElement && e.target.closest('input, textarea, [contenteditable=true]')) return;
      const act = e.shiftKey ? d.redo : d.undo;
      if (act) {
        e.preventDefault();
        act();
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [d]);
}
