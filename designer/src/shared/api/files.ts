import { call } from './http';

/** upload takes a file in for a field, and gives the id under which a record can be given it. */
export function upload(file: File, object: string, field: string): Promise<{ id: string }> {
  const query = new URLSearchParams({ object, field, name: file.name });
  return call<{ id?: string; data?: { id: string } }>(`/files?${query}`, { method: 'POST', body: file, type: file.type || 'application/octet-stream' }).then((d) => ({ id: (d.data?.id ?? d.id)! }));
}
