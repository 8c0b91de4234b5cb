import { TextCell, TextEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'text', Cell: TextCell, Edit: TextEdit, width: 200 } satisfies FieldUI;
