// GraphQL over fetch. The schema is the tenant's metadata, so there is nothing to generate from: texts of
// operations are built from metadata, and what comes back is read by it.
import { call, errorOf, type ApiError } from './http';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Row = { id: string; [key: string]: Json };

interface Answer<T> {
  data?: T | null;
  errors?: Parameters<typeof errorOf>[0][];
}

export interface Failure extends Error {
  all: ApiError[];
}

export async function graphql<T>(query: string, variables: Record<string, unknown> = {}, signal?: AbortSignal, path = '/graphql'): Promise<T> {
  const answer = await call<Answer<T>>(path, { json: { query, variables }, signal });
  if (answer.errors?.length) {
    const all = answer.errors.map((e) => errorOf(e));
    throw Object.assign(all[0]!, { all });
  }
  return answer.data as T;
}

/** account asks about the caller's own login. */
export const account = <T>(query: string, variables?: Record<string, unknown>) => graphql<T>(query, variables, undefined, '/account/graphql');
