// What a user may do with a record, and each rule that grants or denies it.
import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIndex, useText } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { fieldOptions } from '../form/hints';
import { admin } from '../setup/api';
import { useDraft } from '../setup/draft';
import { RecordPick } from '../setup/record';

interface Explanation {
  roles: string[];
  verdict: { op: string; allowed: boolean; reasons: { grants: boolean; address: string; text: Text }[] }[];
  fields: { field: string; level: string }[] | null;
}

const levels: Record<string, string> = { hidden: 'access.levels.none', masked: 'access.levels.masked', part: 'value.partial', read: 'access.levels.read' };

export function Explain() {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const [user, setUser] = useState<string>();
  const [object, setObject] = useState<string>();
  const [record, setRecord] = useState<string>();
  const ask = useMutation({ mutationFn: () => admin<{ explainAccess: Explanation }>('query($u: ID!, $r: ID!) { explainAccess(user: $u, record: $r) }', { u: user, r: record }).then((d) => d.explainAccess) });
  return (
    <section className="card section" aria-labelledby="explain-title">
      <h2 id="explain-title">{t('access.explain')}</h2>
      <div className="bar">
        <RecordPick object={index.roles.user} label={t('access.user')} value={user} onChange={setUser} />
        <Select
          className="record-pick"
          aria-label={t('access.object')}
          placeholder={t('access.object')}
          showSearch
          optionFilterProp="label"
          value={object}
          onChange={(o: string) => {
            setObject(o);
            setRecord(undefined);
          }}
          options={index.objects.map((o) => ({ value: o.name, label: text(o.label) }))}
        />
        <RecordPick key={object} object={object} label={t('access.record')} value={record} onChange={setRecord} />
        <Button disabled={!user || !record} loading={ask.isPending} onClick={() => ask.mutate()}>
          {t('access.ask')}
        </Button>
      </div>
      <div role="status">
        {ask.error && <Alert type="error" title={ask.error.message} />}
        {ask.data && <Verdicts of={ask.data} object={object} />}
      </div>
    </section>
  );
}

function Verdicts({ of, object }: { of: Explanation; object: string | undefined }) {
  const { t, i18n } = useTranslation();
  const text = useText();
  const { all } = useDraft();
  const names = fieldOptions(all, object, i18n.language);
  const fields = of.fields ?? [];
  return (
    <>
      <dl className="told">
        {of.verdict.map((v) => (
          <div key={v.op}>
            <dt>
              {t(`access.op.${v.op}`)}: {t(v.allowed ? 'access.allowed' : 'access.denied')}
            </dt>
            <dd>
              <ul>
                {v.reasons.map((r, i) => (
                  <li key={i}>
                    {t(r.grants ? 'access.grants' : 'access.denies')}: {text(r.text)} <code>{r.address}</code>
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        ))}
      </dl>
      {fields.length > 0 && (
        <details>
          <summary>{t('access.fields')}</summary>
          <dl className="told">
            {fields.map((f) => (
              <div key={f.field}>
                <dt>{names.find((n) => n.value === f.field)?.label ?? f.field}</dt>
                <dd>{t(levels[f.level] ?? f.level)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  );
}
