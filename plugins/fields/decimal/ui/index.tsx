import { DecimalEdit, NumberCell, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'decimal', Cell: NumberCell, Edit: DecimalEdit, end: true, width: 130 } satisfies FieldUI;
