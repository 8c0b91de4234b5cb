// Requests to the server that serves the page: the session's cookie goes along by itself, the token against
// forged requests is copied from its own cookie.
import i18next from 'i18next';

/** What the server refused, in the language of the page. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status = 0,
    readonly field?: string,
    readonly rule?: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

interface WireError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; field?: string; rule?: string; message_en?: string; message_zh?: string; details?: Record<string, unknown> };
}

export function cookie(name: string): string | undefined {
  return document.cookie.split('; ').find((c) => c.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** signedIn says whether there may be a session: its token's cookie is hidden, but the other one goes with it. */
export const signedIn = () => !!cookie('tenon_csrf');

let onSignedOut = () => {};
/** whenSignedOut sets what happens when the server no longer knows the session. */
export function whenSignedOut(then: () => void) {
  onSignedOut = then;
}

export function errorOf(e: WireError, status = 0): ApiError {
  const x = e.extensions ?? {};
  const local = i18next.language === 'zh-CN' ? x.message_zh : x.message_en;
  return new ApiError(local ?? e.message, x.code ?? 'INTERNAL', status, x.field, x.rule, x.details ?? {});
}

export interface Call {
  method?: string;
  json?: unknown;
  body?: BodyInit;
  type?: string;
  signal?: AbortSignal;
  quiet?: boolean; // a session that is over is no surprise here
}

/** call sends a request and gives the JSON of the answer. It throws an ApiError. */
export async function call<T>(path: string, c: Call = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': i18next.language };
  const token = cookie('tenon_csrf');
  const method = c.method ?? (c.json !== undefined || c.body !== undefined ? 'POST' : 'GET');
  if (token && method !== 'GET') headers['X-CSRF-Token'] = token;
  if (c.json !== undefined) headers['Content-Type'] = 'application/json';
  if (c.type) headers['Content-Type'] = c.type;
  let res: Response;
  try {
    res = await fetch(path, { method, headers, body: c.json !== undefined ? JSON.stringify(c.json) : c.body, signal: c.signal });
  } catch (e) {
    if ((e as Error).name === 'AbortError') throw e;
    throw new ApiError(i18next.t('error.network'), 'NETWORK');
  }
  const doc = (await res.json().catch(() => ({}))) as { errors?: WireError[] };
  if (!res.ok && !(path === '/graphql' && 'data' in doc)) {
    const error = doc.errors?.[0] ? errorOf(doc.errors[0], res.status) : new ApiError(i18next.t('error.unknown'), 'INTERNAL', res.status);
    if (res.status === 401 && !c.quiet) onSignedOut();
    throw error;
  }
  return doc as T;
}
