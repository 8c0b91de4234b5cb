// One's own account, as the API has it.
import { queryOptions } from '@tanstack/react-query';
import { account } from '@/shared/api/graphql';

export interface Session {
  id: string;
  createdAt: string;
  usedAt: string;
  address: string;
  agent: string;
  current: boolean;
}

export const sessionsQuery = () => queryOptions({ queryKey: ['me', 'sessions'], queryFn: () => account<{ me: { sessions: Session[] } }>('{ me { sessions { id createdAt usedAt address agent current } } }').then((d) => d.me.sessions) });

export const endSession = (id: string) => account('mutation End($id: ID!) { endSession(id: $id) }', { id });
export const changePassword = (v: { old: string; new: string }) => account('mutation Change($old: String!, $new: String!) { changePassword(old: $old, new: $new) }', v);

export interface Enrolment {
  secret: string;
  uri: string;
}

export const beginTotp = (password: string) => account<{ beginTotp: Enrolment }>('mutation Begin($p: String!) { beginTotp(password: $p) { secret uri } }', { p: password }).then((d) => d.beginTotp);
/** finishTotp gives the recovery codes. */
export const finishTotp = (code: string) => account<{ finishTotp: string[] }>('mutation Finish($c: String!) { finishTotp(code: $c) }', { c: code }).then((d) => d.finishTotp);
export const disableTotp = (v: { password: string; code: string }) => account('mutation Disable($password: String!, $code: String!) { disableTotp(password: $password, code: $code) }', v);
