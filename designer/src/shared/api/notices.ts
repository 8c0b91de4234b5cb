// What the caller was told.
import { graphql } from './graphql';

export interface Notice {
  id: string;
  about: string;
  title: string;
  body: string;
  record: string | null;
  instance: string | null;
  at: string;
  readAt: string | null;
}

export interface Notices {
  nodes: Notice[];
  unreadCount: number;
  endCursor: string | null;
}

export const notices = (first: number, after: string | null, locale: string, signal?: AbortSignal) =>
  graphql<{ notifications: Notices }>('query Notices($first: Int, $after: String, $locale: String) { notifications(first: $first, after: $after, locale: $locale) { nodes { id about title body record instance at readAt } unreadCount endCursor } }', { first, after, locale }, signal).then((d) => d.notifications);

export const unread = (signal?: AbortSignal) => graphql<{ notifications: { unreadCount: number } }>('{ notifications(first: 1) { unreadCount } }', {}, signal).then((d) => d.notifications.unreadCount);

/** markRead marks some as read; without ids, all. */
export const markRead = (ids?: string[]) => graphql('mutation Read($ids: [ID!]) { markNotificationsRead(ids: $ids) }', ids ? { ids } : {});
