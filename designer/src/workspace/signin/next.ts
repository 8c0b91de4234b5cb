/** inside gives where to go after signing in: an address of this site, or the start page. */
export function inside(next: string | undefined): string {
  if (!next?.startsWith('/')) return '/';
  const url = new URL(next, location.origin);
  return url.origin === location.origin && !url.pathname.startsWith('/signin') ? url.pathname + url.search : '/';
}
