import { DayCell, DayEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'date', Cell: DayCell, Edit: DayEdit, width: 140 } satisfies FieldUI;
