// A run that there was as a case of its automation: to be copied, or put among its tests.
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Drawer, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, type Json } from '@/shared/api/graphql';
import { Labelled } from '@/shared/ui/labelled';

interface Made {
  case: Record<string, Json>;
  left: string[];
}

const make = (run: string, signal: AbortSignal) => graphql<{ flowCase: Made }>('query($run: ID!) { flowCase(run: $run) { case left } }', { run }, signal).then((d) => d.flowCase);

export function Recorded({ run, onClose, onCase }: { run: string; onClose: () => void; onCase?: (made: Json) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [told, setTold] = useState<string>();
  const made = useQuery({ queryKey: ['flowCase', run], staleTime: 0, retry: false, queryFn: ({ signal }) => make(run, signal) });
  const entry = made.data && { ...made.data.case, name: name.trim() || made.data.case.name! };
  const text = JSON.stringify(entry, null, 2);
  return (
    <Drawer open size={560} onClose={onClose} title={t('operate.case')}>
      {made.error && <Alert type="error" showIcon title={made.error.message} />}
      {made.data && (
        <div className="fields">
          <Labelled label={t('operate.case.name')}>{(input) => <Input {...input} placeholder={String(made.data.case.name)} value={name} onChange={(e) => setName(e.target.value)} />}</Labelled>
          {made.data.left.length > 0 && (
            <Alert
              type="warning"
              title={t('operate.case.left')}
              description={
                <ul className="problems">
                  {made.data.left.map((x, i) => (
                    <li key={i}>{x}</li>
                  ))}
                </ul>
              }
            />
          )}
          <Labelled label={t('operate.case.text')}>{(input) => <Input.TextArea {...input} className="mono" readOnly rows={16} value={text} />}</Labelled>
          <div className="bar section">
            {onCase && (
              <Button
                type="primary"
                onClick={() => {
                  onCase(entry as Json);
                  setTold(t('operate.case.added'));
                }}
              >
                {t('operate.case.add')}
              </Button>
            )}
            <Button onClick={() => void navigator.clipboard.writeText(text).then(() => setTold(t('operate.case.copied')))}>{t('operate.case.copy')}</Button>
            <span role="status">{told}</span>
          </div>
        </div>
      )}
    </Drawer>
  );
}
