package audit

import (
	"cmp"
	"slices"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Kind is what an entry tells of. There are no others than those of this file, so that each has words.
type Kind struct {
	name string
	says diag.Text
}

// String is the kind's name, which the log keeps and filters name: "login.failed".
func (k Kind) String() string { return k.name }

// Says is what happened, in words.
func (k Kind) Says() diag.Text { return k.says }

var kinds = map[string]Kind{}

func kind(name, en, zh string) Kind {
	k := Kind{name, diag.Text{En: en, Zh: zh}}
	kinds[name] = k
	return k
}

// Signing in.
var (
	Login             = kind("login", "Signed in", "登录")
	LoginFailed       = kind("login.failed", "Sign-in failed", "登录失败")
	LoginLocked       = kind("login.locked", "Sign-in locked after failures", "多次失败后锁定登录")
	LoginCreated      = kind("login.created", "Login made", "创建登录账号")
	LoginEnabled      = kind("login.enabled", "Login switched on", "启用登录账号")
	LoginDisabled     = kind("login.disabled", "Login switched off", "停用登录账号")
	SessionEnded      = kind("session.ended", "Session ended", "结束会话")
	TokenRefused      = kind("token.refused", "Token or cookie refused", "拒绝令牌或 Cookie")
	PasswordSet       = kind("password.set", "Password set", "设置密码")
	PasswordChanged   = kind("password.changed", "Password changed", "修改密码")
	PasswordWrong     = kind("password.wrong", "Wrong password given for a change", "修改时密码不正确")
	PasswordReset     = kind("password.reset_begun", "Invitation to set a password made", "发出设置密码的邀请")
	InvitationRefused = kind("invitation.refused", "Invitation refused", "拒绝邀请链接")
	CodeEnabled       = kind("totp.enabled", "Codes at sign-in switched on", "启用登录验证码")
	CodeDisabled      = kind("totp.disabled", "Codes at sign-in switched off", "停用登录验证码")
	KeyCreated        = kind("key.created", "API key made", "创建 API 密钥")
	KeyRevoked        = kind("key.revoked", "API key taken back", "吊销 API 密钥")
	SignInChanged     = kind("settings.changed", "Settings of sign-in changed", "修改登录设置")
)

// What people may see and take with them.
var (
	PermissionChanged = kind("permission.changed", "Permission changed", "修改权限")
	Reveal            = kind("reveal", "Masked value shown", "查看掩码字段")
	Export            = kind("export", "Records exported", "导出记录")
	Import            = kind("import", "Records imported", "导入记录")
	ImportUndone      = kind("import.undone", "Import undone", "撤销导入")
	Load              = kind("load", "Records loaded", "批量载入记录")
)

// What administrators set up.
var (
	Published          = kind("metadata.published", "Metadata published", "发布元数据")
	RolledBack         = kind("metadata.rolled_back", "Metadata rolled back", "回滚元数据")
	SecretSet          = kind("secret.set", "Secret set", "设置机密")
	SecretRemoved      = kind("secret.removed", "Secret removed", "移除机密")
	ConnectionEnabled  = kind("connection.enabled", "Connection switched on", "启用连接")
	ConnectionDisabled = kind("connection.disabled", "Connection switched off", "停用连接")
	Redelivered        = kind("delivery.redelivered", "Message sent again", "重新发送消息")
	HookOpened         = kind("hook.opened", "Hook opened", "开启入站钩子")
	HookClosed         = kind("hook.closed", "Hook closed", "关闭入站钩子")
)

// Tenants; the default one's log has these.
var (
	TenantCreated   = kind("tenant.created", "Tenant made", "创建租户")
	TenantSuspended = kind("tenant.suspended", "Tenant suspended", "暂停租户")
	TenantResumed   = kind("tenant.resumed", "Tenant resumed", "恢复租户")
	TenantRemoving  = kind("tenant.removing", "Removal of a tenant begun", "开始删除租户")
	TenantRemoved   = kind("tenant.removed", "Tenant removed", "删除租户")
	TenantAbandoned = kind("tenant.abandoned", "Tenant that was not finished removed", "清除未完成创建的租户")
	TenantLimits    = kind("tenant.limits", "Limits of a tenant set", "设置租户限额")
	TenantHosts     = kind("tenant.hosts", "Host names of a tenant set", "设置租户域名")
	OperatorSet     = kind("operator.set", "Operator of tenants set", "设置租户运营员")
)

// Kinds are all kinds, by name.
func Kinds() []Kind {
	out := make([]Kind, 0, len(kinds))
	for _, k := range kinds {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b Kind) int { return cmp.Compare(a.name, b.name) })
	return out
}

// named is the kind of an entry that was read; one that a later version took down stands for itself.
func named(name string) Kind {
	if k, ok := kinds[name]; ok {
		return k
	}
	return Kind{name, diag.Text{En: name, Zh: name}}
}
