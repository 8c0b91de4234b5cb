// A card of a board.
import { MoreOutlined } from '@ant-design/icons';
import { useDraggable } from '@dnd-kit/core';
import { Link } from '@tanstack/react-router';
import { Button, Dropdown } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Row } from '@/shared/api/graphql';
import { useText } from '@/shared/meta/load';
import { titleOf } from '@/shared/meta/select';
import type { Field, ObjectMeta } from '@/shared/meta/types';
import { Value } from '@/shared/ui/value';

interface FaceProps {
  meta: ObjectMeta;
  row: Row;
  columns: Field[];
  held?: boolean;
}

/** CardFace shows the name of a record and its other columns. */
export function CardFace({ meta, row, columns, held }: FaceProps) {
  const text = useText();
  const others = columns.filter((f) => f.api !== meta.nameField && row[f.api] !== null && row[f.api] !== undefined);
  return (
    <div className={held ? 'board-card held' : 'board-card'}>
      <Link to="/o/$object/$id" params={{ object: meta.name, id: row.id }} draggable={false}>
        {titleOf(meta, row)}
      </Link>
      <dl>
        {others.map((f) => (
          <div key={f.api}>
            <dt className="sr-only">{text(f.label) || f.api}</dt>
            <dd>
              <Value field={f} row={row} compact />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

interface Props extends FaceProps {
  lane: string | null;
  targets: { key: string; label: string }[];
  onMove: (to: string) => void;
}

export function Card({ targets, lane, onMove, ...face }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { setNodeRef, listeners, isDragging } = useDraggable({ id: face.row.id, data: { row: face.row, lane }, disabled: targets.length === 0 });
  const name = titleOf(face.meta, face.row);
  const button = (
    <Button type="text" size="small" className="card-menu" icon={<MoreOutlined />} aria-label={t('board.move', { name })} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(true)} onMouseDown={(e) => e.stopPropagation()} onTouchStart={(e) => e.stopPropagation()} />
  );
  return (
    <li ref={setNodeRef} {...(targets.length ? listeners : {})} className={isDragging ? 'dragged' : targets.length ? 'movable' : undefined}>
      <CardFace {...face} />
      {targets.length > 0 &&
        (open ? (
          <Dropdown open trigger={['click']} autoFocus onOpenChange={setOpen} menu={{ items: [{ type: 'group', key: '-', label: t('board.moveTo'), children: targets }], onClick: ({ key }) => onMove(key) }}>
            {button}
          </Dropdown>
        ) : (
          button
        ))}
    </li>
  );
}
