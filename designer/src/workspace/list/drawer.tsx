// The drawer in which the filter of a list is changed: conditions, and groups of them of which all or any hold.
import './arrange.css';
import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Drawer, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { useObjectIf, useText } from '@/shared/meta/load';
import type { Condition, Filter, ObjectMeta, Relation } from '@/shared/meta/types';
import { finished, ofRelation, ofSome, opsOf, quantifierOf, shapeOf, startOf } from './conditions';
import { useVocabulary, nameOf, type Vocabulary } from './filter';
import { groupOf, isGroup, partsOf } from './filters';
import { ConditionValue } from './value';

const deepest = 2; // groups in groups are hard to read

export default function FilterDrawer({ meta, filter, onChange, onClose }: { meta: ObjectMeta; filter: Filter; onChange: (f: Filter) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const only = filter.length === 1 && isGroup(filter[0]!) && 'or' in filter[0] ? filter[0] : undefined;
  const [any, setAny] = useState(!!only);
  const [draft, setDraft] = useState<Filter>(only ? partsOf(only) : filter);
  const words = useVocabulary(meta, draft, true);
  const end = (f: Filter) => {
    onChange(f);
    onClose();
  };
  const apply = () => {
    const parts = finished(draft);
    end(any && parts.length > 1 ? [groupOf(true, parts)] : parts);
  };
  return (
    <Drawer
      open
      onClose={onClose}
      title={t('filter.title')}
      size={420}
      footer={
        <div className="bar">
          <Button type="primary" onClick={apply}>
            {t('filter.apply')}
          </Button>
          <Button onClick={() => end([])}>{t('filter.clear')}</Button>
        </div>
      }
    >
      <Parts any={any} parts={draft} depth={1} words={words} meta={meta} onChange={(isAny, parts) => (setAny(isAny), setDraft(parts))} />
    </Drawer>
  );
}

interface PartsProps {
  any: boolean;
  parts: Filter;
  depth: number;
  words: Vocabulary;
  meta: ObjectMeta;
  onChange: (any: boolean, parts: Filter) => void;
}

function Parts({ any, parts, depth, words, meta, onChange }: PartsProps) {
  const { t } = useTranslation();
  const set = (i: number, x: Filter[number]) => onChange(any, parts.map((p, n) => (n === i ? x : p)));
  const drop = (i: number) => onChange(any, parts.filter((_, n) => n !== i));
  const fresh = () => startOf(words.all[0]!);
  return (
    <div className="conditions">
      {(parts.length > 1 || depth > 1) && (
        <Select aria-label={t('filter.match')} value={any ? 'any' : 'all'} options={(['all', 'any'] as const).map((k) => ({ value: k, label: t(`filter.match.${k}`) }))} onChange={(k) => onChange(k === 'any', parts)} />
      )}
      {parts.map((x, i) =>
        isGroup(x) ? (
          <div key={i} className="condition group" role="group" aria-label={t('filter.group')}>
            <div className="bar">
              <strong className="grow">{t('filter.group')}</strong>
              <Button type="text" icon={<CloseOutlined />} aria-label={t('filter.remove', { field: nameOf(x, words) })} onClick={() => drop(i)} />
            </div>
            <Parts any={'or' in x} parts={partsOf(x)} depth={depth + 1} words={words} meta={meta} onChange={(isAny, all) => (all.length ? set(i, groupOf(isAny, all)) : drop(i))} />
          </div>
        ) : (
          <One key={i} condition={x} words={words} meta={meta} onChange={(c) => set(i, c)} onDrop={() => drop(i)} />
        ),
      )}
      <div className="bar">
        <Button icon={<PlusOutlined />} disabled={words.all.length === 0} onClick={() => onChange(any, [...parts, fresh()])}>
          {t('filter.add')}
        </Button>
        {depth < deepest && parts.length > 0 && <Button onClick={() => onChange(any, [...parts, groupOf(!any, [fresh(), fresh()])])}>{t('filter.addGroup')}</Button>}
      </div>
    </div>
  );
}

function One({ condition: c, words, meta, onChange, onDrop }: { condition: Condition; words: Vocabulary; meta: ObjectMeta; onChange: (c: Condition) => void; onDrop: () => void }) {
  const { t } = useTranslation();
  const relation = meta.relations.find((r) => r.name === c.path[0]);
  const f = words.describe(c);
  const key = relation ? relation.name : c.path.join('.');
  const options = words.all.map((x) => ({ value: x.path.join('.'), label: x.relation ? t('filter.related', { name: words.label(x) }) : words.label(x) }));
  const name = f ? words.label(f) : t('filter.field');
  return (
    <div className="condition" role="group" aria-label={name}>
      <div className="bar nowrap">
        <Select className="grow" aria-label={t('filter.field')} showSearch={{ optionFilterProp: 'label' }} value={key} options={options} onChange={(v) => onChange(startOf(words.all.find((x) => x.path.join('.') === v)!))} />
        <Button type="text" icon={<CloseOutlined />} aria-label={t('filter.remove', { field: name })} onClick={onDrop} />
      </div>
      {relation && <Which relation={relation} condition={c} onChange={onChange} />}
      {f?.field && (
        <>
          <Select aria-label={t('filter.operator')} value={c.op} options={opsOf(f.field).map((op) => ({ value: op, label: t(`filter.op.${op}`) }))} onChange={(op: string) => onChange({ ...c, op, value: shapeOf(op) === 'none' ? true : shapeOf(op) === shapeOf(c.op) ? c.value : null })} />
          <ConditionValue field={f.field} condition={c} onChange={(value) => onChange({ ...c, value: value as Json })} />
        </>
      )}
    </div>
  );
}

/** Which says of which of the records that refer to one a condition speaks, and of which of their fields. */
function Which({ relation, condition: c, onChange }: { relation: Relation; condition: Condition; onChange: (c: Condition) => void }) {
  const { t } = useTranslation();
  const text = useText();
  const fields = ofRelation(useObjectIf(relation.object));
  const quantifier = quantifierOf(c);
  const at = fields.find((f) => f.api === c.path[2]);
  return (
    <>
      <Select
        aria-label={t('filter.which')}
        value={quantifier}
        options={(['some', 'none'] as const).map((q) => ({ value: q, label: t(`filter.${q}`) }))}
        onChange={(q) => onChange(c.path.length === 1 ? { ...c, op: q } : { ...c, path: [relation.name, q, c.path[2]!] })}
      />
      <Select
        aria-label={t('filter.relatedField')}
        showSearch={{ optionFilterProp: 'label' }}
        allowClear
        placeholder={t('filter.anyRecord')}
        value={c.path[2]}
        options={fields.map((f) => ({ value: f.api, label: text(f.label) || f.api }))}
        onChange={(v) => onChange(ofSome(relation, quantifier, v === at?.api ? at : fields.find((f) => f.api === v)))}
      />
    </>
  );
}
