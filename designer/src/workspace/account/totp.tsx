// Setting an authenticator up, in three steps: the password, the secret and a code of it, the recovery codes.
import { useMutation } from '@tanstack/react-query';
import { Alert, Button, QRCode } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { beginTotp, disableTotp, finishTotp } from './api';
import { Secret } from './secret';
import './texts';

export function Enrol({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = useMutation({ mutationFn: beginTotp });
  const finish = useMutation({ mutationFn: finishTotp });
  const error = finish.error ?? begin.error;
  if (finish.data)
    return (
      <div className="steps">
        <Alert type="success" showIcon title={t('totp.done')} />
        <p>{t('totp.recovery')}</p>
        <ul className="codes mono">
          {finish.data.map((c) => (
            <li key={c}>{c}</li>
          ))}
        </ul>
        <Button type="primary" onClick={onDone}>
          {t('totp.kept')}
        </Button>
      </div>
    );
  if (begin.data)
    return (
      <form
        className="steps"
        onSubmit={(e) => {
          e.preventDefault();
          finish.mutate(code.trim());
        }}
      >
        <p>{t('totp.scan')}</p>
        <div className="qr" aria-hidden>
          <QRCode type="svg" value={begin.data.uri} bordered={false} color="#000000" bgColor="#ffffff" />
        </div>
        <p>
          {t('totp.secret')} <code className="secret">{begin.data.secret}</code>
        </p>
        {error && <Alert type="error" showIcon title={error.message} />}
        <Secret label={t('signin.code')} kind="one-time-code" value={code} onChange={setCode} />
        <Button type="primary" htmlType="submit" disabled={!code.trim()} loading={finish.isPending}>
          {t('totp.finish')}
        </Button>
      </form>
    );
  return (
    <form
      className="steps"
      onSubmit={(e) => {
        e.preventDefault();
        begin.mutate(password);
      }}
    >
      {error && <Alert type="error" showIcon title={error.message} />}
      <Secret label={t('account.old')} value={password} onChange={setPassword} />
      <Button type="primary" htmlType="submit" disabled={!password} loading={begin.isPending}>
        {t('totp.begin')}
      </Button>
    </form>
  );
}

export function Disable({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const go = useMutation({ mutationFn: disableTotp, onSuccess: onDone });
  return (
    <form
      className="steps"
      onSubmit={(e) => {
        e.preventDefault();
        go.mutate({ password, code: code.trim() });
      }}
    >
      {go.error && <Alert type="error" showIcon title={go.error.message} />}
      <Secret label={t('account.old')} value={password} onChange={setPassword} />
      <Secret label={t('signin.code')} help={t('signin.codeHelp')} kind="one-time-code" value={code} onChange={setCode} />
      <Button danger htmlType="submit" disabled={!password || !code.trim()} loading={go.isPending}>
        {t('totp.disable')}
      </Button>
    </form>
  );
}
