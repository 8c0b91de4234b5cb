import { NumberCell, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'rollup', Cell: NumberCell, end: true, width: 130 } satisfies FieldUI;
