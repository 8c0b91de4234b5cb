import { JsonCell, JsonEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'json', Cell: JsonCell, Edit: JsonEdit, wide: true, inline: false, width: 200 } satisfies FieldUI;
