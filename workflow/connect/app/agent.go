package app

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/workflow/connect"
)

// Agent is the number of the application that a message comes from, which connections to platforms with
// such numbers have as from. MISCONFIGURED.
func Agent(c *model.Connection) (int64, error) {
	n, err := strconv.ParseInt(c.From, 10, 64)
	if err != nil {
		return 0, connect.Faultf(connect.Misconfigured, "the number of the application is missing")
	}
	return n, nil
}

// NeedsAgent finds that the number is missing; name is what the platform calls it.
func NeedsAgent(c *model.Connection, name string) []connect.Problem {
	if _, err := Agent(c); err == nil {
		return nil
	}
	return []connect.Problem{{Path: "from", Text: diag.Textf("the number (%s) of the application is needed", "须填写应用编号（%s）", name)}}
}

// AccessToken reads a token and how long it is good, as WeCom and DingTalk answer.
func AccessToken(body []byte) (string, time.Duration) {
	var got struct {
		Token string `json:"access_token"`
		Life  int64  `json:"expires_in"`
	}
	_ = json.Unmarshal(body, &got)
	return got.Token, time.Duration(got.Life) * time.Second
}
