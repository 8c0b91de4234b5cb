import { EmailCell, EmailEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'email', Cell: EmailCell, Edit: EmailEdit, width: 200 } satisfies FieldUI;
