// An automation as a tree: its trigger, its steps below each other, branches beside each other.
import { SettingOutlined, ThunderboltOutlined, WarningFilled } from '@ant-design/icons';
import { createLazyRoute, Link, useParams } from '@tanstack/react-router';
import { Alert, Button, Drawer, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { useNarrow } from '@/shared/ui/narrow';
import { PageTitle } from '@/shared/ui/page';
import { NotFound } from '@/app/states';
import { SchemaForm, titleOf } from '../form';
import { ObjectContext } from '../form/hints';
import { firstOf, flowShape, hiddenOf, hiddenOfTrigger, marksOf, newBranch, newStep, triggerTakes, type StepType, type TriggerType } from '../model/automation';
import { docOf, objectsOf, withDoc, type Ref } from '../model/files';
import { isDoc, type Doc } from '../model/overlay';
import { at, insert, set, type Path } from '../model/places';
import { idsOf } from '../model/shape';
import { useSchema } from '../setup/api';
import { useDraft } from '../setup/draft';
import { useProblems } from '../setup/problems';
import { Canvas, type CanvasActions } from './canvas';
import { FlowNames } from './names';
import { Runs, StepTrace, type Told } from './runs';

export const Route = createLazyRoute('/_shell/setup/flows/$pkg/$key')({ component: Page });

function Page() {
  const { pkg, key } = useParams({ strict: false }) as { pkg: string; key: string };
  const { all, edit } = useDraft();
  const ref = useMemo<Ref>(() => ({ pkg, path: `flows/${key}.json` }), [pkg, key]);
  const doc = docOf(all, ref);
  return doc ? <Flow key={`${pkg}/${key}`} at={ref} doc={doc} put={(v) => edit((now) => withDoc(now, ref, v))} /> : <NotFound />;
}

type Editing = Path | 'flow' | 'trigger';

/** ownerOf is the step or branch that a place of the document belongs to. */
const ownerOf = (path: Path): string => path.slice(1, path.findLastIndex((p) => typeof p === 'number') + 1).join('.');

function Flow({ at: ref, doc, put }: { at: Ref; doc: Doc; put: (v: Doc) => void }) {
  const { t, i18n } = useTranslation();
  const schema = useSchema('flow');
  const narrow = useNarrow();
  const [view, setView] = useState<'tree' | 'list'>();
  const [editing, setEditing] = useState<Editing>();
  const [told, setTold] = useState<Told>();
  const steps = doc.steps ?? [];
  const trigger = isDoc(doc.trigger) ? doc.trigger : {};
  const object = typeof trigger.object === 'string' ? trigger.object : undefined;
  const problems = useProblems(ref);
  const wrong = useMemo(() => new Set(problems.map((p) => (p.path ? (p.path[0] === 'steps' ? ownerOf(p.path) : String(p.path[0])) : ''))), [problems]);
  const marks = useMemo(() => (told ? marksOf(steps, told.trace) : undefined), [steps, told]);
  const setSteps = (v: Json) => put({ ...doc, steps: v });
  const actions: CanvasActions = {
    add: (path, kind) => {
      setSteps(insert(steps, path, newStep(kind as StepType, idsOf(flowShape, steps))));
      setEditing(path);
    },
    addBranch: (path) => {
      const node = at(steps, path);
      if (!isDoc(node)) return;
      const fresh = newBranch(node);
      setSteps(insert(steps, [...path, 'branches', fresh.at], fresh.branch));
      setEditing([...path, 'branches', fresh.at]);
    },
    open: setEditing,
    remove: (path) => {
      setSteps(set(steps, path, undefined));
      setEditing(undefined);
    },
  };
  const title = titleOf(doc, i18n.language);
  const shown = view ?? (narrow ? 'list' : 'tree');
  return (
    <ObjectContext.Provider value={object}>
      <div className="page">
        <div className="bar">
          <PageTitle>{title}</PageTitle>
          <span className="grow" />
          <Segmented aria-label={t('process.view')} value={shown} onChange={(v) => setView(v as 'tree' | 'list')} options={[{ value: 'tree', label: t('process.tree') }, { value: 'list', label: t('process.list') }]} />
          <Button icon={<SettingOutlined />} onClick={() => setEditing('flow')}>
            {t('process.settings')}
          </Button>
          <Link to="/setup/files/$kind/$pkg/$" params={{ kind: 'flow', pkg: ref.pkg, _splat: ref.path }}>
            {t('files.source')}
          </Link>
        </div>
        <Runs flow={String(doc.key)} object={object} before={trigger.timing === 'before'} told={told} onTold={setTold} onCase={(made) => put({ ...doc, tests: [...(Array.isArray(doc.tests) ? doc.tests : []), made] })} />
        {problems.length > 0 && (
          <Alert
            className="section"
            type="warning"
            showIcon
            title={t('flow.problems', { count: problems.length })}
            description={
              <ul className="problems">
                {problems.map((p, i) => (
                  <li key={i}>
                    {p.path?.[0] === 'steps' || p.path?.[0] === 'trigger' ? (
                      <button type="button" className="plain link" onClick={() => setEditing(p.path![0] === 'trigger' ? 'trigger' : p.path!.slice(1, p.path!.findLastIndex((x) => typeof x === 'number') + 1))}>
                        {p.path.join('.')}
                      </button>
                    ) : null}{' '}
                    {textIn(p.summary, i18n.language)} {textIn(p.suggestion, i18n.language)}
                  </li>
                ))}
              </ul>
            }
          />
        )}
        <Canvas shape={flowShape} label={t('flow.canvas')} flow={steps} actions={actions} marks={marks} wrong={wrong} list={shown === 'list'} start={<Trigger trigger={trigger} wrong={wrong.has('trigger')} onOpen={() => setEditing('trigger')} />} end={t('flow.end')} />
        {schema && editing !== undefined && (
          <FlowNames doc={doc} step={Array.isArray(editing) ? at(steps, editing) : undefined}>
            <Edit schema={schema} doc={doc} editing={editing} told={told} put={put} onClose={() => setEditing(undefined)} />
          </FlowNames>
        )}
      </div>
    </ObjectContext.Provider>
  );
}

function Trigger({ trigger, wrong, onOpen }: { trigger: Doc; wrong: boolean; onOpen: () => void }) {
  const { t, i18n } = useTranslation();
  const { all } = useDraft();
  const type = String(trigger.type ?? '');
  const object = objectsOf(all).find((o) => o.name === trigger.object);
  const happens = (Array.isArray(trigger.on) ? trigger.on : []).map((v) => t(`flow.did.${String(v)}`, { defaultValue: String(v) })).join(', ');
  const says = [object ? textIn(object.label as Text, i18n.language) || object.name : trigger.object, happens, trigger.cron, trigger.field, trigger.offset, trigger.event, trigger.process].filter((x) => typeof x === 'string' && x).join(' · ');
  return (
    <div className="canvas-node canvas-trigger">
      <button type="button" className="plain canvas-open" onClick={onOpen}>
        <span className="canvas-kind">
          <ThunderboltOutlined aria-hidden /> {t('flow.trigger')} {wrong && <WarningFilled className="canvas-wrong" aria-label={t('process.wrong')} />}
        </span>
        <strong>{t(`flow.on.${type}`)}</strong>
        <span className="canvas-who">{says}</span>
        {typeof trigger.when === 'string' && trigger.when && <code className="canvas-who">{trigger.when}</code>}
      </button>
    </div>
  );
}

interface EditProps {
  schema: NonNullable<ReturnType<typeof useSchema>>;
  doc: Doc;
  editing: Editing;
  told: Told | undefined;
  put: (v: Doc) => void;
  onClose: () => void;
}

/** Edit is the drawer in which the flow, its trigger, a step or a branch is changed. */
function Edit({ schema, doc, editing, told, put, onClose }: EditProps) {
  const { t, i18n } = useTranslation();
  if (editing === 'flow')
    return (
      <Drawer open onClose={onClose} size={560} title={titleOf(doc, i18n.language)}>
        <SchemaForm root={schema} schema={schema} value={doc} onChange={put} hide={['trigger', 'steps', 'key', 'kind', 'schema', 'tests']} first={['label', 'vars', 'settings', 'errors']} />
      </Drawer>
    );
  if (editing === 'trigger') {
    const trigger = isDoc(doc.trigger) ? doc.trigger : {};
    return (
      <Drawer open onClose={onClose} size={560} title={t('flow.trigger')}>
        <SchemaForm root={schema} schema={{ $ref: '#/$defs/FlowTrigger' }} value={trigger} onChange={(v) => put({ ...doc, trigger: v })} hide={hiddenOfTrigger(trigger)} first={['type', ...(triggerTakes[trigger.type as TriggerType] ?? [])]} />
      </Drawer>
    );
  }
  const path: Path = ['steps', ...editing];
  const edited = at(doc, path);
  if (!isDoc(edited)) return null;
  const branch = editing.at(-2) === 'branches';
  const above = branch ? at(doc, path.slice(0, -2)) : undefined;
  const change = (v: Doc) => put(set(doc, path, v));
  return (
    <Drawer open onClose={onClose} size={560} title={branch ? t('process.branch', { name: titleOf(edited, i18n.language) }) : `${t(`flow.kind.${String(edited.type)}`)}: ${titleOf(edited, i18n.language)}`}>
      {branch ? (
        <SchemaForm key={path.join('.')} root={schema} schema={{ $ref: '#/$defs/FlowBranch' }} value={edited} onChange={change} hide={['steps', isDoc(above) && above.type === 'switch' ? 'when' : 'is', ...(isDoc(above) && above.type === 'parallel' ? ['when'] : [])].filter((k) => k === 'steps' || edited[k] === undefined)} first={['id', 'when', 'is']} />
      ) : (
        <>
          <SchemaForm key={path.join('.')} root={schema} schema={{ $ref: '#/$defs/FlowStep' }} value={edited} onChange={change} hide={hiddenOf(edited)} first={firstOf(edited)} />
          <div className="bar">
            {(['recover', 'compensate'] as const)
              .filter((l) => !Array.isArray(edited[l]))
              .map((l) => (
                <Button key={l} size="small" onClick={() => change({ ...edited, [l]: [] })}>
                  {t(`flow.add.${l}`)}
                </Button>
              ))}
          </div>
          <StepTrace told={told} step={String(edited.id)} />
        </>
      )}
    </Drawer>
  );
}
