import { FileCell, FileEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'file', Cell: FileCell, Edit: FileEdit, inline: false, width: 200 } satisfies FieldUI;
