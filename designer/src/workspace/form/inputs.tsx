// A few inputs that are no form of a record: those of an action, or of one field.
import { useIndex, useText } from '@/shared/meta/load';
import type { Field } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { Labelled } from '@/shared/ui/labelled';
import type { Values } from './values';

export function Inputs({ fields, object, values, onChange }: { fields: Field[]; object: string; values: Values; onChange: (v: Values) => void }) {
  const text = useText();
  const index = useIndex();
  return (
    <div className="inputs">
      {fields.map((f) => {
        const { Edit } = uiOf(f);
        return (
          Edit && (
            <Labelled key={f.api} label={text(f.label) || f.api} help={text(f.help) || undefined} required={f.required}>
              {(a) => <Edit {...a} field={f} object={object} row={values} index={index} value={values[f.api] ?? null} onChange={(v) => onChange({ ...values, [f.api]: v })} />}
            </Labelled>
          )
        );
      })}
    </div>
  );
}
