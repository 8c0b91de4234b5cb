package host

import (
	"context"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/notice"
)

var _ process.Notifier = (*Host)(nil)

// topics are what people are told, by what it is about. The name of the process stands behind; the record
// itself is not told of, as not everybody may see all of it.
var topics = map[string]diag.Text{
	"task":           {En: "You have to decide", Zh: "待您审批"},
	"claimable":      {En: "Somebody has to take on", Zh: "待认领"},
	"urge":           {En: "Somebody waits for your decision", Zh: "催办提醒"},
	"remind":         {En: "Your decision is due", Zh: "审批到期提醒"},
	"cc":             {En: "For your information", Zh: "抄送"},
	"record_changed": {En: "The record that you decide about has changed", Zh: "审批中的记录已变更"},
	"incident":       {En: "An approval needs help", Zh: "审批异常"},
	"completed":      {En: "Your approval has ended", Zh: "审批已结束"},
}

// Notify tells people of an approval, in the transaction of the command; see process.Notifier.
func (h *Host) Notify(ctx context.Context, tx store.Tx, st *approval.State, e approval.Effect, key string) error {
	if h.deps.Notices == nil {
		return nil
	}
	topic, known := topics[e.Name]
	if !known {
		topic = diag.Text{En: e.Name, Zh: e.Name}
	}
	en, zh := topic.En+": ", topic.Zh+"："
	label := catalog.Approval{Key: st.Def.Key}
	all := h.deps.Tenant.Catalog().Approvals
	if i := slices.IndexFunc(all, func(a *catalog.Approval) bool { return a.Key == st.Def.Key }); i >= 0 {
		label = *all[i]
	}
	en, zh = en+or(label.Label.In("en"), label.Key), zh+or(label.Label.In("zh-CN"), label.Key)
	if e.Name == "completed" {
		en, zh = en+" – "+st.Status.Words().En, zh+" – "+st.Status.Words().Zh
	}
	for _, user := range e.Users {
		id := userID(user)
		if id == 0 {
			continue
		}
		n := notice.Notice{Key: "approval/" + key + "/" + user, User: id, About: e.Name, Title: map[string]string{"en": en, "zh-CN": zh}, Body: map[string]string{}, Record: st.Record, Instance: st.ID}
		if err := h.deps.Notices.Tell(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
