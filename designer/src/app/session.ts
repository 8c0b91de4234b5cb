// Who is signed in, and signing out.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { account } from '@/shared/api/graphql';
import { call } from '@/shared/api/http';

export interface Me {
  login: string;
  user: string | null;
  name: string | null;
  locale: string;
  roles: string[];
  admin: boolean;
  totp: boolean;
  totpRequired: boolean;
}

export const meQuery = () =>
  queryOptions({
    queryKey: ['me'],
    staleTime: 300_000,
    queryFn: () => account<{ me: Me }>('{ me { login user name locale roles admin totp totpRequired } }').then((d) => d.me),
  });

export const useMe = () => useQuery(meQuery()).data;

export async function signOut() {
  await call('/logout', { method: 'POST', json: {}, quiet: true }).catch(() => {});
  location.assign('/signin');
}
