// The files of a record: details that the platform keeps beside it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Empty } from 'antd';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { upload } from '@/shared/api/files';
import { graphql } from '@/shared/api/graphql';
import { bytes, instant } from '@/shared/meta/format';
import { useIndex, useObjectIf } from '@/shared/meta/load';
import type { ObjectMeta, Relation } from '@/shared/meta/types';
import { create, remove } from '../form/write';

interface Attachment {
  id: string;
  version: number;
  createdAt: string;
  value: { id: string; name: string; size: number } | null;
}

export function Files({ meta, relation, id }: { meta: ObjectMeta; relation: Relation; id: string }) {
  const { t, i18n } = useTranslation();
  const index = useIndex();
  const client = useQueryClient();
  const child = useObjectIf(relation.object);
  const field = child?.fields.find((f) => f.kind === 'file');
  const input = useRef<HTMLInputElement>(null);
  const key = ['files', id];
  const list = useQuery({
    queryKey: key,
    enabled: !!field,
    queryFn: ({ signal }) =>
      graphql<{ row: { list: { nodes: Attachment[] } } | null }>(`query Files($id: ID!) { row: ${meta.one}(id: $id) { list: ${relation.name}(first: 200) { nodes { id version createdAt value: ${field!.api} } } } }`, { id }, signal).then((d) => d.row?.list.nodes ?? []),
  });
  const again = () => client.invalidateQueries({ queryKey: key });
  const add = useMutation({
    mutationFn: async (file: File) => {
      const { id: fileId } = await upload(file, child!.name, field!.name);
      return create(child!, { [relation.via]: id, [field!.api]: fileId });
    },
    onSettled: again,
  });
  const drop = useMutation({ mutationFn: (a: Attachment) => remove(child!, a.id, a.version), onSettled: again });
  const error = list.error ?? add.error ?? drop.error;
  return (
    <section className="card section" aria-label={t('record.files')}>
      {error && <Alert type="error" showIcon title={error.message} />}
      {child?.may.create && (
        <>
          <input
            ref={input}
            type="file"
            className="sr-only"
            tabIndex={-1}
            aria-label={t('file.add')}
            onChange={(e) => {
              const file = e.target.files?.[0];
              e.target.value = '';
              if (file) add.mutate(file);
            }}
          />
          <Button loading={add.isPending} onClick={() => input.current?.click()}>
            {t('file.add')}
          </Button>
        </>
      )}
      {list.data?.length === 0 && <Empty description={t('file.none')} />}
      <ul className="filelist">
        {list.data?.map(
          (a) =>
            a.value && (
              <li key={a.id}>
                <a href={`/files/${a.value.id}`} download={a.value.name}>
                  {a.value.name}
                </a>{' '}
                <span className="quiet">
                  {bytes(a.value.size, i18n.language)} · {instant(a.createdAt, i18n.language, index.zone)}
                </span>{' '}
                {child?.may.delete && (
                  <Button size="small" aria-label={t('file.removeOne', { name: a.value.name })} onClick={() => drop.mutate(a)}>
                    {t('file.remove')}
                  </Button>
                )}
              </li>
            ),
        )}
      </ul>
    </section>
  );
}
