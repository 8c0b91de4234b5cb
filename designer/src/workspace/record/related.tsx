// The records that refer to one.
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { graphql, type Row } from '@/shared/api/graphql';
import { fieldOf, useIndex, useObjectIf, useText } from '@/shared/meta/load';
import { selectFields, titleOf } from '@/shared/meta/select';
import type { Layout, ObjectMeta, Relation } from '@/shared/meta/types';
import { ButtonLink } from '@/shared/ui/link';
import { Value } from '@/shared/ui/value';

const shown = 5;

export function RelatedLists({ meta, row, layout }: { meta: ObjectMeta; row: Row; layout: Layout }) {
  return (
    <>
      {layout.related.map((r) => {
        const relation = meta.relations.find((x) => x.name === r.relation);
        return relation && <RelatedList key={r.relation} meta={meta} row={row} relation={relation} columns={r.columns} />;
      })}
    </>
  );
}

function RelatedList({ meta, row, relation, columns }: { meta: ObjectMeta; row: Row; relation: Relation; columns?: string[] }) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const child = useObjectIf(relation.object);
  const names = (columns?.length ? columns : (child?.views[0]?.columns ?? [])).filter((c) => c !== relation.via).slice(0, 5);
  const list = useQuery({
    queryKey: ['related', row.id, relation.name],
    enabled: !!child,
    queryFn: ({ signal }) =>
      graphql<{ row: { list: { totalCount: number; nodes: Row[] } } | null }>(
        `query Related($id: ID!) { row: ${meta.one}(id: $id) { list: ${relation.name}(first: ${shown}) { totalCount nodes { ${selectFields(index, child!, names)} } } } }`,
        { id: row.id },
        signal,
      ).then((d) => d.row?.list ?? { totalCount: 0, nodes: [] }),
  });
  const label = text(relation.label);
  const fields = child ? names.map((n) => fieldOf(child, n)).filter((f) => !!f) : [];
  const all = { object: relation.object, search: { filter: JSON.stringify([{ path: [relation.via], op: 'eq', value: row.id }]) } };
  return (
    <section className="card section" aria-label={label}>
      <div className="bar">
        <h2>
          {label} <span className="quiet">{list.data ? t('list.count', { count: list.data.totalCount }) : ''}</span>
        </h2>
        <span className="grow" />
        {list.data && list.data.totalCount > shown && (
          <Link to="/o/$object" params={{ object: all.object }} search={all.search}>
            {t('record.all')}
          </Link>
        )}
        {child?.may.create && (
          <ButtonLink size="small" icon={<PlusOutlined />} to="/o/$object/new" params={{ object: relation.object }} search={{ [relation.via]: row.id } as never}>
            {t('list.new')}
          </ButtonLink>
        )}
      </div>
      {list.error && <Alert type="error" title={list.error.message} />}
      {child && list.data && list.data.nodes.length > 0 && (
        <div className="scroll-x" tabIndex={0} role="group" aria-label={label}>
          <table className="plain-table">
            <thead>
              <tr>
                {fields.map((f) => (
                  <th key={f.api} scope="col">
                    {text(f.label)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {list.data.nodes.map((r) => (
                <tr key={r.id}>
                  {fields.map((f, i) => (
                    <td key={f.api}>
                      {i === 0 ? (
                        <Link to="/o/$object/$id" params={{ object: child.name, id: r.id }}>
                          {f.api === child.nameField || r[f.api] === null ? titleOf(child, r) : <Value field={f} row={r} compact />}
                        </Link>
                      ) : (
                        <Value field={f} row={r} compact />
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
