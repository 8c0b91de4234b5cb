// What can be done with the records that are chosen in a list.
import '../arrange.css';
import { CloseOutlined, DeleteOutlined, DownOutlined, EditOutlined, UserSwitchOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf, useText } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import type { Listing } from '../query';
import { everything, howMany, nothing, type Selection } from '../selection';
import { Dialog, type Task } from './dialog';

interface Props {
  meta: ObjectMeta;
  listing: Listing;
  selection: Selection;
  total: number | undefined;
  onSelect: (s: Selection) => void;
  onDone: () => void;
}

export default function Bulk({ meta, listing, selection, total, onSelect, onDone }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const [task, setTask] = useState<Task>();
  const count = howMany(selection, total);
  const actions = meta.actions.filter((a) => !a.onObject);
  const owner = fieldOf(meta, 'ownerId');
  const changes = meta.may.update && meta.fields.some((f) => f.writable && !f.system);
  return (
    <div className="bar bulk" role="region" aria-label={t('bulk.title')}>
      <strong role="status">{t(selection.all ? 'bulk.all' : 'list.chosen', { count })}</strong>
      {!selection.all && total !== undefined && count < total && (
        <Button type="link" onClick={() => onSelect(everything)}>
          {t('bulk.chooseAll', { count: total })}
        </Button>
      )}
      {changes && (
        <Button icon={<EditOutlined />} onClick={() => setTask({ kind: 'set' })}>
          {t('bulk.change')}
        </Button>
      )}
      {meta.may.update && owner?.writable && (
        <Button icon={<UserSwitchOutlined />} onClick={() => setTask({ kind: 'set', field: owner })}>
          {t('bulk.owner')}
        </Button>
      )}
      {actions.length > 0 && (
        <Dropdown trigger={['click']} menu={{ items: actions.map((a) => ({ key: a.name, label: text(a.label) })), onClick: ({ key }) => setTask({ kind: 'act', action: actions.find((a) => a.name === key)! }) }}>
          <Button aria-haspopup="menu">
            {t('bulk.actions')} <DownOutlined aria-hidden />
          </Button>
        </Dropdown>
      )}
      {meta.may.delete && (
        <Button danger icon={<DeleteOutlined />} onClick={() => setTask({ kind: 'delete' })}>
          {t('record.delete')}
        </Button>
      )}
      <Button type="text" icon={<CloseOutlined />} onClick={() => onSelect(nothing)}>
        {t('bulk.none')}
      </Button>
      {task && (
        <Dialog
          meta={meta}
          listing={listing}
          selection={selection}
          count={count}
          task={task}
          onClose={(done) => {
            setTask(undefined);
            if (done) {
              onSelect(nothing);
              onDone();
            }
          }}
        />
      )}
    </div>
  );
}
