/** Codes of errors. Programs act on them, never on messages. */
export type ErrorCode =
  | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND' | 'INVALID_INPUT' | 'VALIDATION_FAILED' | 'DUPLICATE' | 'VERSION_CONFLICT' | 'RECORD_LOCKED'
  | 'LIMIT_EXCEEDED' | 'COST_EXCEEDED' | 'TIMEOUT' | 'IDEMPOTENCY_KEY_REUSED' | 'SCRIPT_FAILED' | 'UNAVAILABLE' | 'INTERNAL'
  | (string & {});

/** One error of an answer. */
export interface Failure {
  message: string;
  path?: (string | number)[];
  locations?: { line: number; column: number }[];
  extensions?: { code?: ErrorCode; field?: string; rule?: string; message_en?: string; message_zh?: string; details?: Record<string, unknown> };
}

/** What a request is refused with: the first error, and all of them. */
export class TenonError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly rule: string | undefined;
  readonly details: Record<string, unknown>;
  readonly failures: readonly Failure[];
  readonly status: number;
  /** What was answered all the same. */
  readonly data: unknown;
  constructor(failures: readonly Failure[], status: number, data: unknown = null) {
    const first = failures[0];
    super(first?.message ?? `the server answered ${status}`);
    this.failures = failures;
    this.status = status;
    this.data = data;
    this.name = 'TenonError';
    this.code = first?.extensions?.code ?? 'INTERNAL';
    this.field = first?.extensions?.field;
    this.rule = first?.extensions?.rule;
    this.details = first?.extensions?.details ?? {};
  }
}

/** One page of a list. */
export interface Page<Node> {
  nodes: readonly Node[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

export interface Options {
  /** Of the server: "https://tenon.example.com". */
  url: string;
  /** API key; without one the browser's session is used. */
  key?: string;
  /** Language of messages and labels. */
  locale?: 'en' | 'zh-CN';
  fetch?: typeof fetch;
}

/** Variables of an operation: an object, or an interface of Schema such as Schema.MutationCreateClientArgs. */
export type Variables = object;

/** A client of the API. Operations are GraphQL; their results are typed by who calls. */
export class Tenon {
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  /** Runs a query or a mutation, and throws TenonError if anything in it failed. */
  async run<Data = Record<string, unknown>>(query: string, variables: Variables = {}, signal?: AbortSignal): Promise<Data> {
    const res = await this.send(query, variables, 'application/graphql-response+json, application/json', signal);
    return dataOf<Data>(await body(res), res.status);
  }

  /** Gives the records of a list one by one, page after page. The operation takes $after: String, and selects nodes and pageInfo { hasNextPage endCursor }. */
  async *all<Node, Data = Record<string, unknown>>(query: string, variables: Variables, list: (data: Data) => Page<Node>, signal?: AbortSignal): AsyncGenerator<Node, void, undefined> {
    for (let after: string | null = null; ; ) {
      const page: Page<Node> = list(await this.run<Data>(query, { ...variables, after }, signal));
      yield* page.nodes;
      after = page.pageInfo.endCursor ?? null;
      if (!page.pageInfo.hasNextPage || after === null) return;
    }
  }

  /** Gives what a subscription tells, until it ends, the signal aborts or the loop is left. To go on after a break, send the last cursor as $after. */
  async *subscribe<Data = Record<string, unknown>>(query: string, variables: Variables = {}, signal?: AbortSignal): AsyncGenerator<Data, void, undefined> {
    const stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    try {
      const res = await this.send(query, variables, 'text/event-stream', stop.signal);
      if (!res.ok || !res.body || !res.headers.get('content-type')?.startsWith('text/event-stream')) {
        throw failed(await body(res), res.status);
      }
      for await (const event of events(res.body)) {
        if (event.name === 'complete') return;
        if (event.name === 'next') yield dataOf<Data>(JSON.parse(event.data), res.status);
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      stop.abort();
    }
  }

  private send(query: string, variables: Variables, accept: string, signal?: AbortSignal): Promise<Response> {
    const { url, key, locale, fetch: ask = fetch } = this.options;
    const headers: Record<string, string> = { 'content-type': 'application/json', accept };
    if (key !== undefined) headers['authorization'] = `Bearer ${key}`;
    if (locale !== undefined) headers['accept-language'] = locale;
    return ask(new URL('/graphql', url), { method: 'POST', headers, body: JSON.stringify({ query, variables }), credentials: 'same-origin', ...(signal ? { signal } : {}) });
  }
}

interface Answer {
  data?: unknown;
  errors?: Failure[];
}

async function body(res: Response): Promise<Answer> {
  const text = await res.text();
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return { errors: [{ message: `the server answered ${res.status} ${text.slice(0, 200)}` }] };
  }
}

function dataOf<Data>(answer: Answer, status: number): Data {
  if (answer.errors?.length || answer.data === undefined || answer.data === null) throw failed(answer, status);
  return answer.data as Data;
}

function failed(answer: Answer, status: number): TenonError {
  return new TenonError(answer.errors ?? [], status, answer.data ?? null);
}

/** Reads server-sent events. */
async function* events(stream: ReadableStream<Uint8Array>): AsyncGenerator<{ name: string; data: string }, void, undefined> {
  const reader = stream.getReader();
  const text = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + text.decode(value, { stream: true })).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const lines = part.split('\n');
        const of = (key: string) => lines.filter((l) => l.startsWith(`${key}:`)).map((l) => l.slice(key.length + 1).replace(/^ /, ''));
        const name = of('event')[0];
        if (name !== undefined) yield { name, data: of('data').join('\n') };
      }
    }
  } finally {
    reader.releaseLock();
  }
}
