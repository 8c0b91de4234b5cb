// What the designer asks of /admin/graphql.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { call } from '@/shared/api/http';
import { graphql, type Json } from '@/shared/api/graphql';
import type { Text } from '@/shared/meta/types';
import type { Files, Packages } from '../model/files';
import type { Schema } from '../model/schema';

export const admin = <T>(query: string, variables?: Record<string, unknown>, signal?: AbortSignal) => graphql<T>(query, variables, signal, '/admin/graphql');

export interface Finding {
  severity: 'error' | 'warning';
  code: string;
  address?: string;
  pos: { file: string; line: number; col: number };
  summary: Text;
  suggestion?: Text;
}

export interface Entry {
  op: '+' | '~' | '-' | '±';
  address: string;
  class: 'additive' | 'rewriting' | 'destructive';
  summary: Text;
  impact?: Text;
  count?: number;
  blocking?: boolean;
  runs?: string; // what becomes of the runs of an automation that starts none any more
}

export interface Conflict {
  package: string;
  path: string;
  in: string;
  file: string;
  local: Json;
  base: Json;
  vendor: Json;
}

export interface Plan {
  base: number;
  entries: Entry[];
  findings?: Finding[];
  conflicts?: Conflict[];
  digest: string;
}

export interface Draft {
  version: number;
  base: number;
  files: Record<string, string | null>;
  at: string | null;
  author: string;
}

export interface Installed {
  name: string;
  version: string;
  label: string;
  requires: Record<string, string>;
}

export interface Loaded {
  revision: number;
  installed: Installed[];
  files: Packages;
  draft: Draft;
}

const draftParts = 'version base files at author';

/** loadQuery reads all packages' files and the draft. */
export const loadQuery = (locale: string) =>
  queryOptions({
    queryKey: ['setup', 'files', locale],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<Loaded> => {
      const first = await admin<{ revision: number; packages: Installed[]; draft: Draft }>(`query($l: String!) { revision packages { name version label(locale: $l) requires } draft { ${draftParts} } }`, { l: locale }, signal);
      const names = first.packages.map((p) => p.name);
      const files: Packages = {};
      if (names.length) {
        const all = await admin<Record<string, Files>>(`{ ${names.map((n, i) => `p${i}: package(name: ${JSON.stringify(n)})`).join(' ')} }`, undefined, signal);
        names.forEach((n, i) => (files[n] = all[`p${i}`] ?? {}));
      }
      return { revision: first.revision, installed: first.packages, files, draft: first.draft };
    },
  });

export const saveDraft = (files: Draft['files'], version: number) => admin<{ saveDraft: Draft }>(`mutation($f: JSON!, $v: Int!) { saveDraft(files: $f, version: $v) { ${draftParts} } }`, { f: files, v: version }).then((d) => d.saveDraft);

/** schemaQuery reads the JSON Schema of a kind of file. */
export const schemaQuery = (kind: string) => queryOptions({ queryKey: ['schema', kind], staleTime: Infinity, queryFn: ({ signal }) => call<Schema>(`/schemas/${kind}`, { signal }) });
export const useSchema = (kind: string) => useQuery(schemaQuery(kind)).data;
