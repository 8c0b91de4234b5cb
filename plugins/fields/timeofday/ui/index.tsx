import { TimeCell, TimeEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'time', Cell: TimeCell, Edit: TimeEdit, width: 100 } satisfies FieldUI;
