// The audit log: what happened to the security of the tenant, and whether the log is whole.
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { Alert, Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { instant } from '@/shared/meta/format';
import { useIndex } from '@/shared/meta/load';
import { PageTitle } from '@/shared/ui/page';
import { admin } from '../setup/api';

export const Route = createLazyRoute('/_shell/setup/audit')({ component: Audit });

interface AuditEntry {
  number: number;
  at: string;
  says: string;
  login: string;
  address: string | null;
  subject: string;
  details: Json;
}

const page = 100;

function Audit() {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const [kind, setKind] = useState('');
  const [login, setLogin] = useState('');
  const kinds = useQuery({
    queryKey: ['auditKinds', i18n.language],
    staleTime: Infinity,
    queryFn: ({ signal }) => admin<{ auditKinds: { kind: string; says: string }[] }>('query($i: String) { auditKinds { kind says(locale: $i) } }', { i: i18n.language }, signal).then((d) => d.auditKinds.map((k) => ({ value: k.kind, label: k.says }))),
  });
  const log = useInfiniteQuery({
    queryKey: ['audit', kind, login, i18n.language],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) => admin<{ auditLog: AuditEntry[] }>('query($b: Float, $n: Int, $k: String, $l: String, $i: String) { auditLog(before: $b, first: $n, kind: $k, login: $l) { number at says(locale: $i) login address subject details } }', { b: pageParam, n: page, k: kind, l: login, i: i18n.language }, signal).then((d) => d.auditLog),
    getNextPageParam: (last) => (last.length === page ? last.at(-1)!.number : undefined),
  });
  const verify = useMutation({ mutationFn: () => admin<{ verifyAudit: { number: number; fault: { number: number; why: string } | null } }>('query($l: String) { verifyAudit { number fault { number why(locale: $l) } } }', { l: i18n.language }).then((d) => d.verifyAudit) });
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.audit')}</PageTitle>
        <span className="grow" />
        <Select className="short" allowClear showSearch optionFilterProp="label" popupMatchSelectWidth={false} aria-label={t('audit.kind')} placeholder={t('audit.kind')} options={kinds.data} value={kind || null} onChange={(k?: string | null) => setKind(k ?? '')} />
        <Input className="short" allowClear aria-label={t('audit.login')} placeholder={t('audit.login')} value={login} onChange={(e) => setLogin(e.target.value)} />
        <Button loading={verify.isPending} onClick={() => verify.mutate()}>
          {t('audit.verify')}
        </Button>
      </div>
      {verify.data && <Alert showIcon type={verify.data.fault ? 'error' : 'success'} title={verify.data.fault ? t('audit.broken', { number: verify.data.fault.number, why: verify.data.fault.why }) : t('audit.whole', { number: verify.data.number })} />}
      {(log.error ?? kinds.error ?? verify.error) && <Alert type="error" title={(log.error ?? kinds.error ?? verify.error)!.message} />}
      <div className="card scroll-x" tabIndex={0} role="region" aria-label={t('setup.page.audit')}>
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('audit.at')}</th>
              <th>{t('audit.login')}</th>
              <th>{t('audit.kind')}</th>
              <th>{t('audit.subject')}</th>
              <th>{t('audit.details')}</th>
            </tr>
          </thead>
          <tbody>
            {log.data?.pages.flat().map((e) => (
              <tr key={e.number}>
                <td>{instant(e.at, i18n.language, zone)}</td>
                <td>{e.login}</td>
                <td>{e.says}</td>
                <td>{e.subject}</td>
                <td className="mono clip">
                  <Details text={JSON.stringify(e.details)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {log.hasNextPage && (
          <Button loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            {t('app.more')}
          </Button>
        )}
      </div>
    </div>
  );
}

const brief = 100; // characters of details that are shown at once

/** Details are what an entry says besides, the rest of which is unfolded. */
function Details({ text }: { text: string }) {
  if (text.length <= brief) return text;
  return (
    <details>
      <summary>{text.slice(0, brief)}…</summary>
      {text.slice(brief)}
    </details>
  );
}
