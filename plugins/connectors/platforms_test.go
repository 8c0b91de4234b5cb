package connectors_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/plugins/connectors/dingtalk"
	"github.com/tenon-platform/tenon/plugins/connectors/feishu"
	"github.com/tenon-platform/tenon/plugins/connectors/wecom"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/connect/connecttest"
)

// fake speaks as the server API of a platform does, as far as its public documentation says.
type fake struct {
	t      *testing.T
	took   *connecttest.Taken
	token  string // that is good
	grants int
}

func (f *fake) say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		f.t.Error(err)
	}
}

func (f *fake) body(r *http.Request) map[string]any {
	out := map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&out); err != nil && err != io.EOF {
		f.t.Error(err)
	}
	return out
}

type answer = map[string]any

func (f *fake) wecom() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cgi-bin/gettoken", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("corpid") != "app1" || r.FormValue("corpsecret") != connecttest.Secret {
			f.say(w, answer{"errcode": 40001, "errmsg": "invalid credential"})
			return
		}
		f.grants++
		f.say(w, answer{"errcode": 0, "errmsg": "ok", "access_token": f.token, "expires_in": 7200})
	})
	mux.HandleFunc("POST /cgi-bin/message/send", func(w http.ResponseWriter, r *http.Request) {
		in := f.body(r)
		switch {
		case r.FormValue("access_token") != f.token:
			f.say(w, answer{"errcode": 42001, "errmsg": "access_token expired"})
		case in["touser"] == "nobody":
			f.say(w, answer{"errcode": 0, "errmsg": "ok", "invaliduser": "nobody"})
		case in["msgtype"] != "text" || in["agentid"] != 1000002.0 || in["text"].(map[string]any)["content"] != "Hello\n您好" || in["enable_duplicate_check"] != 1.0:
			f.say(w, answer{"errcode": 40008, "errmsg": "invalid message type"})
		default:
			f.took.Add(in["touser"].(string))
			f.say(w, answer{"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": "m1"})
		}
	})
	return mux
}

func (f *fake) dingtalk() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /gettoken", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("appkey") != "app1" || r.FormValue("appsecret") != connecttest.Secret {
			f.say(w, answer{"errcode": 40089, "errmsg": "不合法的corpid或corpsecret"})
			return
		}
		f.grants++
		f.say(w, answer{"errcode": 0, "errmsg": "ok", "access_token": f.token, "expires_in": 7200})
	})
	mux.HandleFunc("POST /topapi/message/corpconversation/asyncsend_v2", func(w http.ResponseWriter, r *http.Request) {
		in := f.body(r)
		msg, _ := in["msg"].(map[string]any)
		switch {
		case r.FormValue("access_token") != f.token:
			f.say(w, answer{"errcode": 40014, "errmsg": "不合法的access_token"})
		case in["userid_list"] == "nobody":
			f.say(w, answer{"errcode": 33012, "errmsg": "无效的USERID"})
		case in["agent_id"] != 1000002.0 || msg["msgtype"] != "text" || msg["text"].(map[string]any)["content"] != "Hello\n您好":
			f.say(w, answer{"errcode": 400002, "errmsg": "参数错误"})
		default:
			f.took.Add(in["userid_list"].(string))
			f.say(w, answer{"errcode": 0, "errmsg": "ok", "task_id": 256271667526, "request_id": "4jzllmte0wau"})
		}
	})
	return mux
}

func (f *fake) feishu() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /open-apis/auth/v3/tenant_access_token/internal", func(w http.ResponseWriter, r *http.Request) {
		in := f.body(r)
		if in["app_id"] != "app1" || in["app_secret"] != connecttest.Secret {
			f.say(w, answer{"code": 10014, "msg": "app secret invalid"})
			return
		}
		f.grants++
		f.say(w, answer{"code": 0, "msg": "ok", "tenant_access_token": f.token, "expire": 7200})
	})
	mux.HandleFunc("POST /open-apis/im/v1/messages", func(w http.ResponseWriter, r *http.Request) {
		in := f.body(r)
		switch {
		case r.Header.Get("Authorization") != "Bearer "+f.token:
			w.WriteHeader(http.StatusBadRequest)
			f.say(w, answer{"code": 99991663, "msg": "Invalid access token for authorization. Please make a request with token attached."})
		case in["receive_id"] == "nobody":
			w.WriteHeader(http.StatusBadRequest)
			f.say(w, answer{"code": 230001, "msg": "Your request contains an invalid request parameter."})
		case r.FormValue("receive_id_type") != "open_id" || in["msg_type"] != "text" || in["content"] != `{"text":"Hello\n您好"}`:
			w.WriteHeader(http.StatusBadRequest)
			f.say(w, answer{"code": 230001, "msg": "invalid"})
		default:
			f.took.Add(in["uuid"].(string))
			f.say(w, answer{"code": 0, "msg": "success", "data": answer{"message_id": "om_1"}})
		}
	})
	return mux
}

// TestSuite holds the three connectors against fakes of their platforms.
func TestSuite(t *testing.T) {
	for name, c := range map[string]struct {
		connector connect.Connector
		handler   func(*fake) http.Handler
	}{"wecom": {wecom.Connector{}, (*fake).wecom}, "dingtalk": {dingtalk.Connector{}, (*fake).dingtalk}, "feishu": {feishu.Connector{}, (*fake).feishu}} {
		t.Run(name, func(t *testing.T) {
			var took connecttest.Taken
			f := &fake{t: t, took: &took, token: "t0ken"}
			handler := c.handler(f)
			declare := func(address string) *model.Connection {
				return &model.Connection{Name: name, Type: name, Address: address, From: "1000002", Auth: model.ConnectionAuth{Type: "app", User: "app1", Secret: "secret"}}
			}
			message := connect.Message{ID: "msg_1", To: "ann", Subject: "Hello", Body: "您好"}
			serve := connecttest.HTTP(handler)
			connecttest.Run(t, connecttest.Harness{Connector: c.connector, Declare: declare, Message: message, Took: took.Take, Serve: serve})

			srv := serve(t, connecttest.Well)
			decl := declare(srv.Address)
			decl.Limits.Private = true
			call := connect.NewCall(decl, connecttest.NewVault(true), clock.System{}, connect.Options{})
			t.Cleanup(call.Close)
			send := func(to string) error {
				m := message
				m.To = to
				_, err := c.connector.Send(t.Context(), call, m)
				return err
			}
			f.grants = 0
			for range 3 {
				if err := send("ann"); err != nil {
					t.Fatal(err)
				}
			}
			if f.grants != 1 {
				t.Errorf("%d tokens for three messages", f.grants)
			}
			f.token = "other" // the platform takes the token back
			if err := send("ann"); err != nil || f.grants != 2 {
				t.Error(err, f.grants)
			}
			for _, to := range []string{"nobody", ""} {
				if fault := connect.FaultOf(t.Context(), send(to)); fault == nil || fault.Kind != connect.Rejected {
					t.Errorf("to %q: %v", to, fault)
				}
			}
			decl.From, decl.Auth.Type = "x", "basic"
			if problems := c.connector.Check(decl); len(problems) == 0 {
				t.Error("a declaration without what it needs is taken")
			}
		})
	}
}
