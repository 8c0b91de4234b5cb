// The source of a script: completed from its declarations, tried on records, and run again in place of runs that there were.
import type { CompletionSource } from '@codemirror/autocomplete';
import { javascript } from '@codemirror/lang-javascript';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Input } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { instant } from '@/shared/meta/format';
import { useIndex } from '@/shared/meta/load';
import { Labelled } from '@/shared/ui/labelled';
import { CodeInput } from '../expression/code';
import { declared, suggest, type Declared } from '../model/declared';
import { objectOf, type Packages } from '../model/files';
import { isDoc, type Doc } from '../model/overlay';
import { admin } from '../setup/api';
import { useDraft } from '../setup/draft';
import { RecordPick } from '../setup/record';

const js = javascript();

interface Props {
  name: string;
  path: string;
  doc: Doc;
  value: string;
  own: boolean; // the tenant's: edits are kept
  onChange: (v: string) => void;
}

export default function Script({ name, path, doc, value, own, onChange }: Props) {
  const { t } = useTranslation();
  const { active } = useDraft();
  const [scratch, setScratch] = useState(value);
  const source = own ? value : scratch;
  const serves = Object.values(active).some((f) => path in f);
  const types = useQuery({ queryKey: ['scriptTypes', name], enabled: serves, staleTime: Infinity, queryFn: ({ signal }) => admin<{ scriptTypes: string }>('query($n: String!) { scriptTypes(name: $n) }', { n: name }, signal).then((d) => declared(d.scriptTypes)) });
  const [outcome, setOutcome] = useState<Outcome>();
  return (
    <>
      {!own && <p className="quiet">{t('script.foreign')}</p>}
      <CodeInput tall label={path} value={source} onChange={own ? onChange : setScratch} language={js} complete={completion(types.data)} />
      {serves ? (
        <div className="script-desk">
          <Try name={name} doc={doc} source={source} onOutcome={setOutcome} />
          <Runs name={name} source={source} onOutcome={setOutcome} />
        </div>
      ) : (
        <p className="quiet">{t('script.unpublished')}</p>
      )}
      {outcome && <Result of={outcome} />}
    </>
  );
}

const completion =
  (d: Declared | undefined): CompletionSource =>
  (context) => {
    if (!d) return null;
    const before = context.state.sliceDoc(0, context.pos);
    const found = suggest(d, before.slice(-200), context.state.doc.toString());
    if (!found || (found.length === 0 && !context.explicit && !/[.']$/.test(before))) return null;
    return { from: context.pos - found.length, options: found.options.map((o) => ({ label: o.name, type: o.kind, detail: o.type.length > 60 ? `${o.type.slice(0, 60)}…` : o.type, info: o.doc })), validFor: /^\w*$/ };
  };

interface Outcome {
  value: Json;
  code: string | null;
  message: string | null;
  line: number | null;
  log: { level: string; text: string; line?: number }[];
  divergence: { call: number; line: number; was: string; is: string } | null;
  replay: boolean;
}

const trial = 'value code message(locale: $l) line log divergence { call line was is }';

interface DeskProps {
  name: string;
  source: string;
  onOutcome: (o: Outcome | undefined) => void;
}

/** Try runs the source as it stands on what one chooses; nothing of it is kept. */
function Try({ name, doc, source, onOutcome }: DeskProps & { doc: Doc }) {
  const { t, i18n } = useTranslation();
  const inputs = (Array.isArray(doc.input) ? doc.input : []).filter(isDoc);
  const { all } = useDraft();
  const client = useQueryClient();
  const [given, setGiven] = useState<Doc>({});
  const run = useMutation({
    mutationFn: () => admin<{ tryScript: Omit<Outcome, 'replay'> }>(`mutation($n: String!, $s: String, $i: JSON!, $l: String!) { tryScript(name: $n, source: $s, input: $i) { ${trial} } }`, { n: name, s: source, i: given, l: i18n.language }),
    onMutate: () => onOutcome(undefined),
    onSuccess: (d) => {
      onOutcome({ ...d.tryScript, replay: false });
      return client.invalidateQueries({ queryKey: ['scriptRuns', name] });
    },
  });
  const put = (key: string, v: Json | undefined) => {
    const { [key]: _, ...rest } = given;
    setGiven(v === undefined ? rest : { ...rest, [key]: v });
  };
  return (
    <section className="card" aria-labelledby="script-try">
      <h2 id="script-try">{t('script.try')}</h2>
      <div className="schema-form">
        {inputs.map((f) => {
          const key = String(f.name);
          if (f.type === 'record')
            return (
              <div key={key} className="field">
                <span className={f.required ? 'field-label must' : 'field-label'}>{key}</span>
                <RecordPick object={guess(all, doc, key)} label={key} value={given[key] as string | undefined} onChange={(v) => put(key, v)} />
              </div>
            );
          return (
            <Labelled key={key} label={key} required={f.required === true} help={t(`script.type.${String(f.type)}`)}>
              {(input) => <Input {...input} defaultValue="" onChange={(e) => put(key, typed(String(f.type), e.target.value))} />}
            </Labelled>
          );
        })}
      </div>
      <div className="bar">
        <Button type="primary" loading={run.isPending} disabled={inputs.some((f) => f.required === true && given[String(f.name)] === undefined)} onClick={() => run.mutate()}>
          {t('script.run')}
        </Button>
      </div>
      {run.error && <Alert type="error" showIcon title={run.error.message} />}
    </section>
  );
}

/** guess is the object of a record that a script takes: the one that its argument is called like. */
function guess(all: Packages, doc: Doc, name: string): string | undefined {
  if (objectOf(all, name)) return name;
  const objects = (Array.isArray(doc.records) ? doc.records : []).filter(isDoc).map((r) => String(r.object));
  return objects.find((o) => o.endsWith(`_${name}`) || name.endsWith(`_${o}`));
}

/** typed reads what is typed as the script is given it; undefined for nothing. */
function typed(type: string, text: string): Json | undefined {
  if (text === '') return undefined;
  if (type === 'int') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (type === 'bool') return text === 'true' ? true : text === 'false' ? false : text;
  if (type !== 'json') return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

interface Run {
  id: string;
  at: string;
  input: Json;
  value: Json;
  code: string | null;
  calls: number;
  whole: boolean;
}

/** Runs lists the last runs; the source as it stands is run again in place of one. */
function Runs({ name, source, onOutcome }: DeskProps) {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const list = useQuery({ queryKey: ['scriptRuns', name], staleTime: 0, queryFn: ({ signal }) => admin<{ scriptRuns: Run[] }>('query($n: String!) { scriptRuns(name: $n) { id at input value code calls whole } }', { n: name }, signal).then((d) => d.scriptRuns) });
  const replay = useMutation({
    mutationFn: (run: string) => admin<{ replayScript: Omit<Outcome, 'replay'> }>(`mutation($n: String!, $r: ID!, $s: String, $l: String!) { replayScript(name: $n, run: $r, source: $s) { ${trial} } }`, { n: name, r: run, s: source, l: i18n.language }),
    onMutate: () => onOutcome(undefined),
    onSuccess: (d) => onOutcome({ ...d.replayScript, replay: true }),
  });
  const error = list.error ?? replay.error;
  return (
    <section className="card" aria-labelledby="script-runs">
      <div className="bar">
        <h2 id="script-runs">{t('script.runs')}</h2>
        <span className="grow" />
        <Button size="small" loading={list.isFetching} onClick={() => void list.refetch()}>
          {t('list.refresh')}
        </Button>
      </div>
      {error && <Alert type="error" showIcon title={error.message} />}
      {list.data?.length === 0 && <p className="quiet">{t('script.noRuns')}</p>}
      <ul className="script-runs">
        {list.data?.map((r) => {
          const at = instant(r.at, i18n.language, zone);
          return (
            <li key={r.id}>
              <div>
                <strong>{at}</strong> {r.code ? <span className="field-error">{r.code}</span> : <code>{JSON.stringify(r.value)}</code>}
                <div className="quiet small">
                  {t('script.calls', { count: r.calls })} {!r.whole && t('script.cut')} <code>{JSON.stringify(r.input)}</code>
                </div>
              </div>
              <Button size="small" disabled={replay.isPending} aria-label={t('script.replayOf', { at })} onClick={() => replay.mutate(r.id)}>
                {t('script.replay')}
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Result({ of: o }: { of: Outcome }) {
  const { t } = useTranslation();
  const d = o.divergence;
  const title = useMemo(() => (o.replay ? (d ? t('script.differs') : t('script.same')) : o.code ? t('script.failed', { code: o.code }) : t('script.gave')), [o, d, t]);
  const self = useRef<HTMLElement>(null);
  useEffect(() => self.current?.scrollIntoView({ block: 'nearest' }), [o]);
  return (
    <section ref={self} className="card section" aria-labelledby="script-result" role="status">
      <h2 id="script-result">{title}</h2>
      {o.code && (
        <p className="field-error">
          {o.message} {o.line !== null && t('script.line', { line: o.line })}
        </p>
      )}
      {d && (
        <dl className="told">
          <div>
            <dt>{d.call > 0 ? t('script.call', { call: d.call }) : t('script.outcome')}</dt>
            <dd>{d.line > 0 && t('script.line', { line: d.line })}</dd>
          </div>
          <div>
            <dt>{t('script.was')}</dt>
            <dd className="mono">{d.was || '—'}</dd>
          </div>
          <div>
            <dt>{t('script.is')}</dt>
            <dd className="mono">{d.is || '—'}</dd>
          </div>
        </dl>
      )}
      {o.value !== null && <pre className="trace-out">{JSON.stringify(o.value, null, 2)}</pre>}
      {o.log.length > 0 && (
        <ul className="problems mono">
          {o.log.map((l, i) => (
            <li key={i}>
              {l.level} {l.line !== undefined && t('script.line', { line: l.line })} {l.text}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
