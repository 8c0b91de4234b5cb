// A decision table is asked: what hits, and what comes out.
import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, type Json } from '@/shared/api/graphql';
import { Labelled } from '@/shared/ui/labelled';
import { titleOf } from '../form';
import { readInput } from '../model/decision';
import { docOf, type Ref } from '../model/files';
import { isDoc, nameOf, same, type Doc } from '../model/overlay';
import { useDraft } from '../setup/draft';

export interface Decided {
  version: string | null;
  rows: string[];
  otherwise: boolean;
  outputs: Record<string, Json>;
}

export function TryTable({ at, doc, decided, onDecided }: { at: Ref; doc: Doc; decided: Decided | undefined; onDecided: (d: Decided | undefined) => void }) {
  const { t, i18n } = useTranslation();
  const { active } = useDraft();
  const [given, setGiven] = useState<Record<string, string>>({});
  const inputs = (Array.isArray(doc.inputs) ? doc.inputs : []).filter(isDoc);
  const serving = docOf(active, at);
  const ask = useMutation({
    mutationFn: () => {
      const input = Object.fromEntries(inputs.map((f) => [String(f.name), readInput(String(f.type), given[String(f.name)] ?? '')] as const).filter(([, v]) => v !== undefined));
      return graphql<{ decide: Decided }>('query($t: String!, $i: JSON!) { decide(table: $t, input: $i) { version rows otherwise outputs } }', { t: doc.name, i: input }).then((d) => d.decide);
    },
    onSuccess: onDecided,
    onError: () => onDecided(undefined),
  });
  return (
    <section className="card section" aria-labelledby="table-try">
      <h2 id="table-try">{t('table.try')}</h2>
      {!serving ? (
        <p className="quiet">{t('table.unpublished')}</p>
      ) : (
        <>
          {!same(serving, doc) && <p className="quiet">{t('table.published')}</p>}
          <div className="schema-form pair">
            {inputs.map((f) => {
              const name = nameOf(f)!;
              const set = (v: string) => setGiven({ ...given, [name]: v });
              return (
                <Labelled key={name} label={titleOf(f, i18n.language)}>
                  {(input) =>
                    f.type === 'bool' ? (
                      <Select {...input} className="full" allowClear value={given[name] || undefined} onChange={(v?: string) => set(v ?? '')} options={[{ value: 'true', label: t('bool.true') }, { value: 'false', label: t('bool.false') }]} />
                    ) : (
                      <Input {...input} value={given[name] ?? ''} onChange={(e) => set(e.target.value)} onPressEnter={(e) => !e.nativeEvent.isComposing && ask.mutate()} />
                    )
                  }
                </Labelled>
              );
            })}
          </div>
          <Button loading={ask.isPending} onClick={() => ask.mutate()}>
            {t('table.ask')}
          </Button>
          {ask.error && <Alert className="section" type="error" showIcon title={ask.error.message} />}
          <div role="status">
            {decided && (
              <>
                <p>{decided.otherwise ? t('table.none') : t('table.hitRows', { rows: decided.rows.join(', ') || '—' })}</p>
                <dl className="highlights">
                  {Object.entries(decided.outputs).map(([k, v]) => (
                    <div key={k}>
                      <dt>{k}</dt>
                      <dd>{v === null ? t('value.none') : typeof v === 'string' ? v : JSON.stringify(v)}</dd>
                    </div>
                  ))}
                </dl>
              </>
            )}
          </div>
        </>
      )}
    </section>
  );
}
