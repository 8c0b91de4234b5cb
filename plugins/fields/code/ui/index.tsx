import { TextCell, TextEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'code', Cell: TextCell, Edit: TextEdit, width: 150 } satisfies FieldUI;
