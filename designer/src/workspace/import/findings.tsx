// What is wrong with which row of an import.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { fieldOf, useObjectIf, useText } from '@/shared/meta/load';
import { findings } from './api';
import type { Finding, Job } from './model';

export function Findings({ job }: { job: Job }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: ['import', job.id, 'findings', job.status],
    staleTime: 0,
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => findings(job.id, pageParam, signal),
    getNextPageParam: (last, all) => (all.flatMap((p) => p.findings).length < job.findings && last.findings.length > 0 ? last.last : undefined),
  });
  const all = list.data?.pages.flatMap((p) => p.findings) ?? [];
  return (
    <section className="card section" aria-labelledby="import-findings">
      <div className="bar">
        <h2 id="import-findings">{t('import.findings')}</h2>
        <span className="grow" />
        <a href={`/import/${job.id}/findings.csv`} download>
          {t('import.download')}
        </a>
      </div>
      {list.error && <Alert type="error" showIcon title={list.error.message} />}
      <ul className="import-findings">
        {all.map((f, i) => (
          <li key={i}>
            <One job={job} finding={f} />
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('import.moreFindings')}
        </Button>
      )}
    </section>
  );
}

function One({ job, finding: f }: { job: Job; finding: Finding }) {
  const { t } = useTranslation();
  const text = useText();
  const meta = useObjectIf(job.object);
  const field = meta && f.field ? text(fieldOf(meta, f.field)?.label) : '';
  return (
    <>
      <span className="import-row">{f.row > 0 && `${t('import.row')} ${f.row}`}</span>
      <span>
        <span className={f.severity === 'error' ? 'field-error' : 'field-warning'}>{t(`import.${f.severity}`)}</span> {[f.column, field].filter((x, i, a) => x && a.indexOf(x) === i).join(' → ')}
      </span>
      <span>
        {text(f.message)} {f.value && <code className="import-cell">{f.value}</code>}
      </span>
    </>
  );
}
