// Texts of one's own account, which few pages need: [English, Chinese], by the rules of the catalogue.
import { addTexts } from '@/i18n/add';

export const catalogue = {
  'account.appearance': ['Language and theme', '语言与主题'],
  'account.language': ['Language', '语言'],
  'account.zh': ['Chinese', '中文'],
  'account.en': ['English', '英文'],
  'account.theme': ['Theme', '主题'],
  'account.password': ['Password', '密码'],
  'account.old': ['Present password', '当前密码'],
  'account.new': ['New password', '新密码'],
  'account.newHelp': ['At least ten characters', '至少十个字符'],
  'account.again': ['New password again', '再次输入新密码'],
  'account.notSame': ['This is not the same password.', '两次输入的密码不一致。'],
  'account.change': ['Change the password', '修改密码'],
  'account.changed': ['The password is changed. Other sessions were ended.', '密码已修改，其他会话已退出。'],
  'account.sessions': ['Sessions', '登录会话'],
  'account.used': ['last used {{at}}', '最近使用 {{at}}'],
  'account.thisOne': ['This session', '当前会话'],
  'account.end': ['End', '结束会话'],
  'totp.title': ['Authenticator', '两步验证'],
  'totp.must': ['Your organisation asks for an authenticator. Set it up to go on.', '您的组织要求启用两步验证，请先完成设置。'],
  'totp.on': ['Codes are asked for at sign-in.', '登录时需要验证码。'],
  'totp.off': ['Your password alone is asked for at sign-in.', '登录时仅需密码。'],
  'totp.begin': ['Set up', '启用两步验证'],
  'totp.scan': ['Scan this with an authenticator, then enter the code that it shows.', '请用验证器应用扫描二维码，然后输入显示的验证码。'],
  'totp.secret': ['Or type the secret in:', '或手动输入密钥：'],
  'totp.finish': ['Confirm', '确认'],
  'totp.done': ['The authenticator is set up.', '两步验证已启用。'],
  'totp.recovery': ['Each of these codes signs you in once without the authenticator. Keep them in a safe place; they are shown this once.', '每个恢复码可在没有验证器时登录一次。请妥善保存，仅显示这一次。'],
  'totp.kept': ['I have kept them', '我已保存'],
  'totp.disable': ['Turn off', '关闭两步验证'],
} as const satisfies Record<string, readonly [string, string]>;

addTexts(catalogue);
