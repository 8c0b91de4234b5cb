// The tree of an approval or an automation. The flow of the page lays it out: lanes in a row, joins are not stored.
import { DeleteOutlined, PlusOutlined, WarningFilled } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { titleOf } from '../form';
import { isDoc, type Doc } from '../model/overlay';
import type { Path } from '../model/places';
import { lanesOf, type Lane, type Mark, type Shape } from '../model/shape';

export interface CanvasActions {
  add: (path: Path, kind: string) => void;
  addBranch: (path: Path) => void;
  open: (path: Path) => void;
  remove: (path: Path) => void;
}

interface Props {
  shape: Shape;
  flow: Json;
  actions: CanvasActions;
  marks?: Record<string, Mark>;
  /** The paths, joined by points, of nodes and branches that something is wrong with. */
  wrong?: ReadonlySet<string>;
  label: string;
  start: ReactNode;
  end: ReactNode;
  list?: boolean;
}

type Inner = Pick<Props, 'shape' | 'actions' | 'marks' | 'wrong'>;

export function Canvas({ flow, list, label, start, end, ...inner }: Props) {
  return (
    <div className={list ? 'canvas as-list' : 'canvas'} tabIndex={0} role="region" aria-label={label}>
      <div className="canvas-flow">
        {start}
        <Sequence flow={flow} path={[]} {...inner} />
        <div className="canvas-end">{end}</div>
      </div>
    </div>
  );
}

function Sequence({ flow, path, ...inner }: Inner & { flow: Json; path: Path }) {
  const nodes = Array.isArray(flow) ? flow : [];
  return (
    <>
      <Plus path={[...path, 0]} {...inner} />
      {nodes.map((n, i) =>
        isDoc(n) ? (
          <div key={String(n.id ?? i)} className="canvas-step">
            <Node node={n} path={[...path, i]} {...inner} />
            <Plus path={[...path, i + 1]} {...inner} after={String(n.id)} />
          </div>
        ) : null,
      )}
    </>
  );
}

function Plus({ path, shape, actions, after }: Inner & { path: Path; after?: string }) {
  const { t } = useTranslation();
  return (
    <div className="canvas-edge">
      <Dropdown trigger={['click']} menu={{ className: 'canvas-kinds', items: shape.kinds.map((k) => ({ key: k, label: t(shape.text(k)) })), onClick: ({ key }) => actions.add(path, key) }}>
        <Button shape="circle" size="small" icon={<PlusOutlined />} aria-haspopup="menu" aria-label={after ? t('process.addAfter', { node: after }) : t('process.addHere')} />
      </Dropdown>
    </div>
  );
}

/** Said is how a node is reached, in words too. */
function Said({ mark }: { mark: Mark | undefined }) {
  const { t } = useTranslation();
  return mark ? (
    <span className={`reach ${mark.state}`}>
      {t(`process.reached.${mark.state}`)} {mark.note}
    </span>
  ) : null;
}

const marked = (mark: Mark | undefined) => (mark ? `is-${mark.state}` : '');

function Wrong({ path, wrong }: { path: Path; wrong?: ReadonlySet<string> }) {
  const { t } = useTranslation();
  return wrong?.has(path.join('.')) ? <WarningFilled className="canvas-wrong" aria-label={t('process.wrong')} /> : null;
}

function Node({ node, path, ...inner }: Inner & { node: Doc; path: Path }) {
  const { t, i18n } = useTranslation();
  const { shape, actions, marks, wrong } = inner;
  const mark = marks?.[path.join('.')];
  const title = nodeTitle(node, i18n.language);
  const kind = String(node[shape.kind]);
  const lanes = lanesOf(shape, node, path);
  return (
    <>
      <div className={`canvas-node kind-${kind} ${marked(mark)}`}>
        <button type="button" className="plain canvas-open" onClick={() => actions.open(path)}>
          <span className="canvas-kind">
            {t(shape.text(kind))} <Wrong path={path} wrong={wrong} />
          </span>
          <strong>{title}</strong>
          <span className="canvas-who">{shape.says(node, t)}</span>
        </button>
        <Said mark={mark} />
        <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('form.removeOne', { name: title })} onClick={() => actions.remove(path)} />
      </div>
      {(lanes.length > 0 || shape.branching(node[shape.kind])) && <Lanes node={node} lanes={lanes} path={path} {...inner} />}
    </>
  );
}

const nodeTitle = (n: Doc, locale: string) => {
  const text = n.name ?? n.label;
  return isDoc(text) ? String(text[locale] ?? text.en ?? n.id) : String(text ?? n.id);
};

function Lanes({ node, lanes, path, ...inner }: Inner & { node: Doc; lanes: Lane[]; path: Path }) {
  const { t } = useTranslation();
  const { shape, actions } = inner;
  return (
    <div className="canvas-split">
      {shape.branching(node[shape.kind]) && (
        <Button size="small" className="canvas-more" onClick={() => actions.addBranch(path)}>
          {t('process.addBranch')}
        </Button>
      )}
      <div className="canvas-branches">
        {lanes.map((lane) => (
          <LaneView key={lane.path.join('.')} lane={lane} node={node} {...inner} />
        ))}
      </div>
    </div>
  );
}

function LaneView({ lane, node, ...inner }: Inner & { lane: Lane; node: Doc }) {
  const { t, i18n } = useTranslation();
  const { shape, actions, marks, wrong } = inner;
  const { branch } = lane;
  const name = branch ? titleOf(branch, i18n.language) : t(shape.text(lane.name));
  const mark = marks?.[lane.path.join('.')];
  return (
    <section className={`canvas-branch ${branch ? '' : `lane-${lane.name}`} ${marked(mark)}`} aria-label={branch ? t('process.branch', { name }) : name}>
      <div className="canvas-branch-head">
        {branch ? (
          <button type="button" className="plain" onClick={() => actions.open(lane.path)}>
            <strong>{name}</strong> <code>{branchSays(node, branch, t)}</code> <Wrong path={lane.path} wrong={wrong} />
          </button>
        ) : (
          <strong className="grow">{name}</strong>
        )}
        <Said mark={mark} />
        {lane.name !== 'do' && <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('form.removeOne', { name })} onClick={() => actions.remove(lane.path)} />}
      </div>
      <div className="canvas-flow">
        <Sequence flow={(branch ? branch[shape.inner] : node[lane.name]) ?? []} path={lane.list} {...inner} />
      </div>
    </section>
  );
}

/** branchSays is when a branch is taken. */
function branchSays(node: Doc, branch: Doc, t: (key: string) => string): string {
  if (node.kind === 'parallel' || node.type === 'parallel') return '';
  if (Array.isArray(branch.is) && branch.is.length) return branch.is.join(', ');
  if (typeof branch.when === 'string' && branch.id !== node.default) return branch.when;
  return t('process.otherwise');
}
