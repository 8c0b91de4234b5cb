import { TagsCell, TagsEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'tags', Cell: TagsCell, Edit: TagsEdit, width: 200 } satisfies FieldUI;
