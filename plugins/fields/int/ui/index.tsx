import { IntEdit, NumberCell, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'int', Cell: NumberCell, Edit: IntEdit, end: true, width: 110 } satisfies FieldUI;
