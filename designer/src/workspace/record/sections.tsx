import { fieldOf, useText } from '@/shared/meta/load';
import type { Row } from '@/shared/api/graphql';
import type { ObjectMeta, Section } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { FieldLabel } from '@/shared/ui/label';
import { Value } from '@/shared/ui/value';

/** Sections shows the fields of a record. */
export function Sections({ meta, row, sections }: { meta: ObjectMeta; row: Row; sections: Section[] }) {
  const text = useText();
  return (
    <>
      {sections.map((s, i) => (
        <section key={i} className="card section">
          <h2>{text(s.label)}</h2>
          <dl className="fields" data-columns={s.columns}>
            {s.fields.map((item) => {
              const f = fieldOf(meta, item.field);
              return (
                f && (
                  <div key={f.api} className={item.wide || uiOf(f).wide ? 'field wide' : 'field'}>
                    <dt className="field-label">
                      <FieldLabel field={f} />
                    </dt>
                    <dd>
                      <Value field={f} row={row} />
                    </dd>
                  </div>
                )
              );
            })}
          </dl>
        </section>
      ))}
    </>
  );
}

/** Highlights are the fields beside the record's name. */
export function Highlights({ meta, row, names }: { meta: ObjectMeta; row: Row; names: string[] }) {
  return (
    <dl className="highlights">
      {names.map((n) => {
        const f = fieldOf(meta, n);
        return (
          f && (
            <div key={n}>
              <dt>
                <FieldLabel field={f} />
              </dt>
              <dd>
                <Value field={f} row={row} />
              </dd>
            </div>
          )
        );
      })}
    </dl>
  );
}
