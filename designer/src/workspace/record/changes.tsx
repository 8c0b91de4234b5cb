// What a change of a record changed: each field that is shown, as it was and as it is now.
import { useText } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import { Value } from '@/shared/ui/value';

/** Changes lists the changed fields of a record that was there before and is after. */
export function Changes({ meta, verb, changes }: { meta: ObjectMeta; verb: string; changes: Record<string, [unknown, unknown]> | null }) {
  const text = useText();
  const shown = verb === 'create' || verb === 'delete' ? [] : Object.entries(changes ?? {}).flatMap(([name, [was, now]]) => meta.fields.filter((f) => f.name === name || f.api === name).map((f) => ({ f, was, now })));
  return (
    shown.length > 0 && (
      <dl>
        {shown.map(({ f, was, now }) => (
          <div key={f.api}>
            <dt>{text(f.label) || f.api}</dt>
            <dd>
              <del>
                <Value field={f} row={{ [f.api]: was }} compact />
              </del>{' '}
              → <Value field={f} row={{ [f.api]: now }} compact />
            </dd>
          </div>
        ))}
      </dl>
    )
  );
}
