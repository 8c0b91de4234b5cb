import { PercentCell, PercentEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'percent', Cell: PercentCell, Edit: PercentEdit, end: true, width: 110 } satisfies FieldUI;
