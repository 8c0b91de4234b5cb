package webhook_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/plugins/connectors/webhook"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/connect/connecttest"
)

func TestSuite(t *testing.T) {
	var took connecttest.Taken
	connecttest.Run(t, connecttest.Harness{Connector: webhook.Connector{},
		Declare: func(address string) *model.Connection {
			return &model.Connection{Name: "hook", Type: "webhook", Address: address, Auth: model.ConnectionAuth{Type: "signature", Secret: "secret"}}
		},
		Message: connect.Message{ID: "msg_1", Data: []byte(`{"type":"order.create"}`)}, Took: took.Take,
		Serve: connecttest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			if !connect.Verify(connecttest.Secret, r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"), body) {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			if r.Header.Get("webhook-timestamp") != "1772413200" {
				t.Error("sent at", r.Header.Get("webhook-timestamp"))
			}
			if r.Header.Get("webhook-id") == "msg_1" {
				took.Add("msg_1")
			}
		}))})
}

// TestKnownSignature is an example whose signature other implementations give, too.
func TestKnownSignature(t *testing.T) {
	secret, id, at, body := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if !connect.Verify(secret, id, at, "v1,AAAA v1a,xx "+want, []byte(body)) {
		t.Error("a good signature is refused")
	}
	for name, bad := range map[string]bool{
		"another body": connect.Verify(secret, id, at, want, []byte(body+" ")),
		"another time": connect.Verify(secret, id, "1614265331", want, []byte(body)),
		"another id":   connect.Verify(secret, "msg_x", at, want, []byte(body)),
		"another key":  connect.Verify("whsec_AAAA", id, at, want, []byte(body)),
		"nothing":      connect.Verify(secret, id, at, "", []byte(body)),
		"no secret":    connect.Verify("", id, at, want, []byte(body)),
	} {
		if bad {
			t.Errorf("%s: taken", name)
		}
	}
	if !connect.Verify("new "+secret, id, at, want, []byte(body)) {
		t.Error("while a key takes over, the old one is refused")
	}
}
