import { InstantCell, InstantEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'datetime', Cell: InstantCell, Edit: InstantEdit, width: 190 } satisfies FieldUI;
