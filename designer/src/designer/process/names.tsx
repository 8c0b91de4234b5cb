// What expressions and forms of an automation may name: variables, what steps before gave, and what each key chooses from.
import { useMemo, type ReactNode } from 'react';
import { useContext } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { BesideContext, fieldOptions, named, ObjectContext, type Beside, type Option } from '../form/hints';
import { reach } from '../expression/reach';
import { flowShape, happenings } from '../model/automation';
import { filesOf, type Packages } from '../model/files';
import { isDoc, type Doc } from '../model/overlay';
import { walk } from '../model/shape';
import { useDraft } from '../setup/draft';

const plain = (v: string): Option => ({ value: v, label: v });

/** stepsOf are all steps of an automation, also those inside others. */
function stepsOf(doc: Doc): Doc[] {
  const out: Doc[] = [];
  walk(flowShape, doc.steps, [], (n) => out.push(n));
  return out;
}

// What leaves something that later expressions read by the step's name.
const leaves = ['query', 'aggregate', 'loop', 'create', 'upsert', 'wait', 'action', 'script', 'call', 'approval', 'task', 'http', 'flow'];

/** RECORDS is what steps call the records by that a run is about whose automation takes many. */
const RECORDS = 'records';
const takesMany = (doc: Doc) => isDoc(doc.settings) && isDoc(doc.settings.batch);

/** meant is the object whose fields a step writes. */
export function meant(all: Packages, doc: Doc, step: Doc): string | undefined {
  const about = isDoc(doc.trigger) && typeof doc.trigger.object === 'string' ? doc.trigger.object : undefined;
  if (['create', 'upsert', 'query', 'aggregate'].includes(String(step.type))) return typeof step.object === 'string' && step.object ? step.object : undefined;
  if (typeof step.in === 'string' && step.in) {
    const steps = stepsOf(doc);
    const from = steps.find((n) => n.id === step.in);
    if (takesMany(doc) && (step.in === RECORDS || from?.in === RECORDS)) return about;
    const query = from?.type === 'loop' ? steps.find((n) => n.id === from.in) : from;
    return typeof query?.object === 'string' ? query.object : undefined;
  }
  if (typeof step.record === 'string' && step.record && step.record !== 'id') return about && /^[\w.]+$/.test(step.record) ? reach(all, about, step.record.split('.')) : undefined;
  return takesMany(doc) ? undefined : about;
}

export function FlowNames({ doc, step, children }: { doc: Doc; step: Json | undefined; children: ReactNode }) {
  const { i18n } = useTranslation();
  const { all } = useDraft();
  const about = useContext(ObjectContext);
  const l = i18n.language;
  const value = useMemo<Beside>(() => {
    const steps = stepsOf(doc);
    const ids = steps.filter((s) => s !== step && leaves.includes(String(s.type))).map((s) => String(s.id));
    const trigger = isDoc(doc.trigger) ? doc.trigger : {};
    const s = isDoc(step) ? step : undefined;
    const object = s && meant(all, doc, s);
    const fields = fieldOptions(all, object, l);
    const actions = object ? filesOf(all, new RegExp(`^objects/${object}/actions/[^/]+\\.json$`)) : [];
    const action = actions.find((a) => a.doc.name === s?.action);
    const inputs = (Array.isArray(action?.doc.input) ? action.doc.input : []).filter(isDoc).map((f) => plain(String(f.name)));
    const vars = Object.keys(isDoc(doc.vars) ? doc.vars : {}).map(plain);
    const files = (folder: string) => named(all, folder, l);
    return {
      names: ['vars', 'prior', 'event', 'approval', ...(takesMany(doc) ? [RECORDS] : []), ...ids],
      choices: {
        on: (happenings[String(trigger.type)] ?? []).map(plain),
        changed: fieldOptions(all, about, l),
        field: fieldOptions(all, about, l),
        in: [...(takesMany(doc) ? [RECORDS] : []), ...steps.filter((x) => x.type === 'query' || (x.type === 'loop' && !!x.batch && x !== step)).map((x) => String(x.id))].map(plain),
        sort: fields.flatMap((f) => [f, { value: `-${f.value}`, label: `-${f.label}` }]),
        action: actions.map((a) => plain(String(a.doc.name))),
        process: files('approvals'),
        script: files('scripts'),
        message: files('messages'),
        connection: files('connections'),
        hook: filesOf(all, /^hooks\/[^/]+\.json$/).filter((h) => h.doc.do === 'flow').map((h) => plain(String(h.doc.name))),
        ...(s?.type === 'upsert' && { key: fields }),
        ...(s?.type === 'aggregate' && { of: fields }),
        flow: files('flows').filter((f) => f.value !== doc.key),
        error: (Array.isArray(doc.errors) ? doc.errors : []).filter(isDoc).map((e) => plain(String(e.code))),
      },
      maps: {
        set: s?.type === 'set' ? { keys: vars, object: about } : { keys: fields.length ? fields : undefined, object: about },
        match: { keys: fields.length ? fields : undefined, object: about },
        with: { keys: inputs.length ? inputs : undefined, object: about },
      },
    };
  }, [all, doc, step, about, l]);
  return <BesideContext.Provider value={value}>{children}</BesideContext.Provider>;
}
