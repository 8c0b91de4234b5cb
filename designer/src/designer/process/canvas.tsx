// The tree of an approval. The flow of the page lays it out: columns of branches in a row, joins are not stored.
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { titleOf } from '../form';
import { hasBranches, nodeKinds, type Reached } from '../model/flow';
import { isDoc, type Doc } from '../model/overlay';
import type { Path } from '../model/places';

export interface CanvasActions {
  add: (path: Path, kind: string) => void;
  addBranch: (path: Path) => void;
  open: (path: Path) => void;
  remove: (path: Path) => void;
}

interface Props {
  flow: Json;
  actions: CanvasActions;
  reached?: Record<string, Reached>;
  list?: boolean;
}

export function Canvas({ flow, actions, reached, list }: Props) {
  const { t } = useTranslation();
  return (
    <div className={list ? 'canvas as-list' : 'canvas'} tabIndex={0} role="region" aria-label={t('process.canvas')}>
      <div className="canvas-flow">
        <div className="canvas-end">{t('process.start')}</div>
        <Sequence flow={flow} path={[]} actions={actions} reached={reached} />
        <div className="canvas-end">{t('process.end')}</div>
      </div>
    </div>
  );
}

function Sequence({ flow, path, actions, reached }: Omit<Props, 'list'> & { path: Path }) {
  const nodes = Array.isArray(flow) ? flow : [];
  return (
    <>
      <Plus path={[...path, 0]} actions={actions} />
      {nodes.map((n, i) =>
        isDoc(n) ? (
          <div key={String(n.id ?? i)} className="canvas-step">
            <Node node={n} path={[...path, i]} actions={actions} reached={reached} />
            <Plus path={[...path, i + 1]} actions={actions} after={String(n.id)} />
          </div>
        ) : null,
      )}
    </>
  );
}

function Plus({ path, actions, after }: { path: Path; actions: CanvasActions; after?: string }) {
  const { t } = useTranslation();
  return (
    <div className="canvas-edge">
      <Dropdown trigger={['click']} menu={{ items: nodeKinds.map((k) => ({ key: k, label: t(`process.kind.${k}`) })), onClick: ({ key }) => actions.add(path, key) }}>
        <Button shape="circle" size="small" icon={<PlusOutlined />} aria-haspopup="menu" aria-label={after ? t('process.addAfter', { node: after }) : t('process.addHere')} />
      </Dropdown>
    </div>
  );
}

/** mark is how a node is reached, in words too. */
function Mark({ at }: { at: Reached | undefined }) {
  const { t } = useTranslation();
  return at ? <span className={`reach ${at}`}>{t(`process.reached.${at}`)}</span> : null;
}

function Node({ node, path, actions, reached }: { node: Doc; path: Path; actions: CanvasActions; reached?: Record<string, Reached> }) {
  const { t, i18n } = useTranslation();
  const mark = reached?.[path.join('.')];
  const title = nodeTitle(node, i18n.language);
  return (
    <>
      <div className={`canvas-node kind-${String(node.kind)} ${mark ? `is-${mark}` : ''}`}>
        <button type="button" className="plain canvas-open" onClick={() => actions.open(path)}>
          <span className="canvas-kind">{t(`process.kind.${String(node.kind)}`)}</span>
          <strong>{title}</strong>
          <span className="canvas-who">{who(node, t)}</span>
        </button>
        <Mark at={mark} />
        <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('form.removeOne', { name: title })} onClick={() => actions.remove(path)} />
      </div>
      {hasBranches(node.kind) && <Branches node={node} path={path} actions={actions} reached={reached} />}
    </>
  );
}

const nodeTitle = (n: Doc, locale: string) => (isDoc(n.name) ? String(n.name[locale] ?? n.name.en ?? n.id) : String(n.name ?? n.id));

function who(node: Doc, t: (key: string) => string): string {
  if (!Array.isArray(node.participants)) return typeof node.when === 'string' ? node.when : '';
  return node.participants
    .filter(isDoc)
    .map((p) => [t(`process.who.${String(p.type)}`), p.role ?? p.post ?? p.group ?? p.path].filter(Boolean).join(' '))
    .join(', ');
}

function Branches({ node, path, actions, reached }: { node: Doc; path: Path; actions: CanvasActions; reached?: Record<string, Reached> }) {
  const { t, i18n } = useTranslation();
  const branches = Array.isArray(node.branches) ? node.branches : [];
  return (
    <div className="canvas-split">
      <Button size="small" className="canvas-more" onClick={() => actions.addBranch(path)}>
        {t('process.addBranch')}
      </Button>
      <div className="canvas-branches">
        {branches.filter(isDoc).map((b, i) => {
          const at = [...path, 'branches', i];
          const name = titleOf(b, i18n.language);
          return (
            <section key={String(b.id)} className={`canvas-branch ${reached?.[at.join('.')] ? `is-${reached[at.join('.')]}` : ''}`} aria-label={t('process.branch', { name })}>
              <div className="canvas-branch-head">
                <button type="button" className="plain" onClick={() => actions.open(at)}>
                  <strong>{name}</strong> <code>{b.id === node.default ? t('process.otherwise') : String(b.when ?? '')}</code>
                </button>
                <Mark at={reached?.[at.join('.')]} />
                <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('form.removeOne', { name })} onClick={() => actions.remove(at)} />
              </div>
              <div className="canvas-flow">
                <Sequence flow={b.flow ?? []} path={[...at, 'flow']} actions={actions} reached={reached} />
              </div>
            </section>
          );
        })}
      </div>
    </div>
  );
}
