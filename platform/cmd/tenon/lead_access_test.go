package main

import (
	"fmt"
	"testing"
)

// TestPooledLeads: who may claim sees leads in pools, and not how to reach the people; whoever claimed
// one has it, and others lose it from sight. The limits of the pool hold for what people ask over the API.
func TestPooledLeads(t *testing.T) {
	s := newLeadStory(t)
	for i := range 3 {
		s.do(s.admin, fmt.Sprintf(`mutation { leadCapture(input: {fullName: "王芳", company: "成都嘉锐商贸%d有限公司", mobile: "1385718000%[1]d", email: "w%[1]d@x.example", source: website}) { reference } }`, i))
	}
	pool := cutOut(s.do(s.admin, `{ leadPoolBy(key: {code: "NATIONAL"}) { id } }`), `"id":"`)
	s.do(s.admin, fmt.Sprintf(`mutation { updateLeadPool(id: %q, patch: {maxHolding: 1}) { leadPool { id } } }`, pool))
	s.do(s.admin, fmt.Sprintf(`mutation { createLeadPoolMember(input: {pool: {connect: {code: "NATIONAL"}}, userId: "sys_user_%d", seq: 1}) { leadPoolMember { id } } }`, s.user("li").UserID))
	s.want(s.as("li"), `{ leads(orderBy: {leadNo: ASC}, first: 1) { totalCount nodes { mobile email company } } }`, `{"totalCount":3,"nodes":[{"mobile":"138****0000","email":"w***@x.example","company":"成都嘉锐商贸0有限公司"}]}`)
	s.want(s.as("web"), `{ leads { totalCount } }`, `{"totalCount":0}`)
	first := cutOut(s.do(s.admin, `{ leads(orderBy: {leadNo: ASC}, first: 1) { nodes { id } } }`), `"id":"`)
	second := cutOut(s.do(s.admin, `{ leads(orderBy: {leadNo: DESC}, first: 1) { nodes { id } } }`), `"id":"`)
	claim := func(id string) string {
		return fmt.Sprintf(`mutation { leadClaim(id: %q) { lead { status owner { name } } } }`, id)
	}
	s.want(s.as("zhao"), claim(first), `"rule":"NOT_MEMBER"`)
	s.want(s.as("web"), claim(first), `"errors"`)
	s.want(s.as("li"), claim(first), `{"status":"accepted","owner":{"name":"li"}}`)
	s.want(s.as("li"), claim(second), `"rule":"HOLDING_LIMIT"`)
	s.want(s.as("li"), fmt.Sprintf(`mutation { updateLead(id: %q, patch: {status: qualified}) { lead { id } } }`, first), `"errors"`)
	s.want(s.as("li"), fmt.Sprintf(`mutation { leadAssign(id: %q, input: {userId: "sys_user_%d"}) { lead { id } } }`, first, s.user("wu").UserID), `"errors"`)
	s.want(s.as("wu"), `{ leads { totalCount } }`, `{"totalCount":2}`)
	s.want(s.as("li"), `mutation { createSysForm(input: {name: "x", capture: "lead_form", userId: "sys_user_1"}) { sysForm { token } } }`, `"errors"`)
	s.want(s.as("li"), `{ sysForms { totalCount } }`, `"errors"`)
}
