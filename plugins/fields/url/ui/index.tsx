import { UrlCell, UrlEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'url', Cell: UrlCell, Edit: UrlEdit, width: 220 } satisfies FieldUI;
