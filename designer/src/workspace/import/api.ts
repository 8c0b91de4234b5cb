// What imports ask of /import.
import { call } from '@/shared/api/http';
import type { Finding, Format, Job, Settings } from './model';

const job = (path: string, c?: Parameters<typeof call>[1]) => call<{ data: Job }>(path, c).then((d) => d.data);

export const upload = (object: string, file: File) => job(`/import?${new URLSearchParams({ object, name: file.name })}`, { method: 'POST', body: file, type: 'application/octet-stream' });
export const jobs = (signal?: AbortSignal) => call<{ data: { imports: Job[] } }>('/import?first=50', { signal }).then((d) => d.data.imports);
export const one = (id: string, signal?: AbortSignal) => job(`/import/${id}`, { signal });
export const configure = (id: string, c: { format?: Format; map?: Settings; atomic?: boolean }) => job(`/import/${id}`, { method: 'PATCH', json: c });
export const tell = (id: string, command: 'check' | 'run' | 'cancel' | 'undo') => job(`/import/${id}/${command}`, { method: 'POST' });
export const remove = (id: string) => call(`/import/${id}`, { method: 'DELETE' });
export const findings = (id: string, after: number, signal?: AbortSignal) => call<{ data: { findings: Finding[]; last: number } }>(`/import/${id}/findings?first=100&after=${after}`, { signal }).then((d) => d.data);
