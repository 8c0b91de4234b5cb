// An approval process as a tree: nodes below each other, branches beside each other, "+" where one can be added.
import { SettingOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { createLazyRoute, useParams } from '@tanstack/react-router';
import { Alert, Button, Drawer, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { PageTitle } from '@/shared/ui/page';
import { useNarrow } from '@/shared/ui/narrow';
import { NotFound } from '@/app/states';
import { SchemaForm, titleOf } from '../form';
import { ObjectContext } from '../form/hints';
import { docOf, withDoc } from '../model/files';
import { approvalShape, newNode, trace, type NodeKind } from '../model/flow';
import { isDoc, type Doc } from '../model/overlay';
import { at, fresh, ids, insert, set, type Path } from '../model/places';
import type { Mark } from '../model/shape';
import { admin, useSchema } from '../setup/api';
import { useDraft } from '../setup/draft';
import { RecordPick } from '../setup/record';
import { Canvas, type CanvasActions } from './canvas';

export const Route = createLazyRoute('/_shell/setup/approvals/$pkg/$key')({ component: Page });

function Page() {
  const { pkg, key } = useParams({ strict: false }) as { pkg: string; key: string };
  const { all, edit } = useDraft();
  const ref = { pkg, path: `approvals/${key}.json` };
  const doc = docOf(all, ref);
  return doc ? <Process key={`${pkg}/${key}`} doc={doc} put={(v) => edit((now) => withDoc(now, ref, v))} /> : <NotFound />;
}

type Editing = Path | 'process';

const nodeFirst = ['name', 'participants', 'vote', 'when', 'branches', 'default', 'do', 'for', 'until'];

function Process({ doc, put }: { doc: Doc; put: (v: Doc) => void }) {
  const { t, i18n } = useTranslation();
  const schema = useSchema('approval');
  const narrow = useNarrow();
  const [view, setView] = useState<'tree' | 'list'>();
  const [editing, setEditing] = useState<Editing>();
  const [marks, setMarks] = useState<Record<string, Mark>>();
  const flow = Array.isArray(doc.flow) ? doc.flow : [];
  const setFlow = (v: Json) => {
    setMarks(undefined);
    put({ ...doc, flow: v });
  };
  const actions: CanvasActions = {
    add: (path, kind) => {
      setFlow(insert(flow, path, newNode(kind as NodeKind, ids(flow))));
      setEditing(path);
    },
    addBranch: (path) => {
      const list = at(flow, [...path, 'branches']);
      const branches = Array.isArray(list) ? list.filter(isDoc) : [];
      const node = at(flow, path);
      const branch = { id: fresh('branch', branches.map((b) => String(b.id))), ...(isDoc(node) && node.kind !== 'parallel' ? { when: '' } : {}), flow: [] };
      const before = isDoc(node) && node.default ? Math.max(0, branches.findIndex((b) => b.id === node.default)) : branches.length;
      setFlow(insert(flow, [...path, 'branches', before], branch));
      setEditing([...path, 'branches', before]);
    },
    open: setEditing,
    remove: (path) => {
      setFlow(set(flow, path, undefined));
      setEditing(undefined);
    },
  };
  const edited = Array.isArray(editing) ? at(flow, editing) : undefined;
  const branch = Array.isArray(editing) && editing.at(-2) === 'branches';
  const title = titleOf(doc, i18n.language);
  return (
    <ObjectContext.Provider value={typeof doc.object === 'string' ? doc.object : undefined}>
      <div className="page">
        <div className="bar">
          <PageTitle>{title}</PageTitle>
          <code>{String(doc.object ?? '')}</code>
          <span className="grow" />
          <Segmented aria-label={t('process.view')} value={view ?? (narrow ? 'list' : 'tree')} onChange={(v) => setView(v as 'tree' | 'list')} options={[{ value: 'tree', label: t('process.tree') }, { value: 'list', label: t('process.list') }]} />
          <Button icon={<SettingOutlined />} onClick={() => setEditing('process')}>
            {t('process.settings')}
          </Button>
        </div>
        <Simulate flow={flow} object={typeof doc.object === 'string' ? doc.object : undefined} found={setMarks} />
        <Canvas shape={approvalShape} label={t('process.canvas')} start={<div className="canvas-end">{t('process.start')}</div>} end={t('process.end')} flow={flow} actions={actions} marks={marks} list={(view ?? (narrow ? 'list' : 'tree')) === 'list'} />
        {schema && editing !== undefined && (editing === 'process' || isDoc(edited)) && (
          <Drawer open onClose={() => setEditing(undefined)} size={560} title={editing === 'process' ? title : titleOf(edited, i18n.language)}>
            {editing === 'process' ? (
              <SchemaForm root={schema} schema={schema} value={doc} onChange={put} hide={['flow', 'key', 'kind', 'schema', 'tests']} first={['label', 'object', 'entry', 'lock', 'onApprove', 'onReject']} />
            ) : (
              <SchemaForm
                key={editing.join('.')}
                root={schema}
                schema={schema.$defs?.[branch ? 'ApprovalBranch' : 'ApprovalNode'] ?? {}}
                value={edited as Doc}
                onChange={(v) => setFlow(set(flow, editing, v))}
                hide={['flow', 'branches', 'kind']}
                first={branch ? ['id', 'when'] : nodeFirst}
              />
            )}
          </Drawer>
        )}
      </div>
    </ObjectContext.Provider>
  );
}

/** Simulate marks which way a record goes; conditions over what only comes while the process runs are left open. */
function Simulate({ flow, object, found }: { flow: Json; object: string | undefined; found: (r: Record<string, Mark> | undefined) => void }) {
  const { t } = useTranslation();
  const [record, setRecord] = useState<string>();
  const run = useMutation({
    mutationFn: () =>
      trace(flow, (when) => {
        if (/\b(vars|outcome|submitter)\b/.test(when)) return Promise.resolve(null);
        return admin<{ evaluate: string | null }>('query($r: ID!, $t: String!) { evaluate(record: $r, text: $t) }', { r: record, t: when }).then((d) => d.evaluate === 'true');
      }),
    onSuccess: (reached) => found(Object.fromEntries(Object.entries(reached).map(([k, state]) => [k, { state }]))),
    onError: () => found(undefined),
  });
  return (
    <div className="bar section">
      <RecordPick object={object} label={t('process.record')} value={record} onChange={setRecord} />
      <Button disabled={!record} loading={run.isPending} onClick={() => run.mutate()}>
        {t('process.simulate')}
      </Button>
      <span role="status">{run.data && t('process.simulated')}</span>
      {run.error && <Alert type="error" title={run.error.message} />}
    </div>
  );
}
