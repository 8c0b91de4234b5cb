package http_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	rest "github.com/tenon-platform/tenon/plugins/connectors/http"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/connect/connecttest"
)

// declare is a connection whose messages become orders.
func declare(address string, auth model.ConnectionAuth) *model.Connection {
	return &model.Connection{Name: "erp", Type: "http", Address: address, Auth: auth, Request: &model.ConnectionRequest{Path: "/orders/{{number}}",
		Headers: map[string]string{"X-Note": "{{subject}}"}, Body: map[string]string{"order.id": "{{id}}", "order.text": "{{body}}"}, Result: map[string]string{"number": "data.no"}}}
}

var message = connect.Message{ID: "msg_1", Subject: "two\r\nlines: 1", Body: `say "hi"`, Values: map[string]string{"number": "7/../8"}}

// erp is a system that takes orders, by any of the credentials.
func erp(t *testing.T, took *connecttest.Taken) http.Handler {
	refreshed := 0
	mux := http.NewServeMux()
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		good := id == "tenon" && secret == connecttest.Secret
		if r.FormValue("grant_type") == "refresh_token" {
			good = good && (r.FormValue("refresh_token") == connecttest.Secret || r.FormValue("refresh_token") == "next")
			refreshed++
		}
		w.Header().Set("Content-Type", "application/json")
		if !good {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error": "invalid_client", "error_description": "`+secret+`"}`)
			return
		}
		_, _ = io.WriteString(w, `{"access_token": "granted", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "next"}`)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		user, word, _ := r.BasicAuth()
		auth := r.Header.Get("Authorization")
		if !(user == "tenon" && word == connecttest.Secret || auth == "Bearer "+connecttest.Secret || auth == "Bearer granted" || r.Header.Get("X-Key") == connecttest.Secret) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Method == http.MethodGet {
			return
		}
		var got struct {
			Order struct{ ID, Text string }
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got.Order.Text != message.Body || r.URL.EscapedPath() != "/orders/7%2F..%2F8" || r.Header.Get("X-Note") != "two  lines: 1" {
			t.Errorf("%v %+v %s %q", err, got, r.URL.EscapedPath(), r.Header.Get("X-Note"))
		}
		if r.Header.Get("Idempotency-Key") == got.Order.ID {
			took.Add(got.Order.ID)
		}
		_, _ = io.WriteString(w, `{"data": {"no": 17}}`)
	})
	return mux
}

func TestSuite(t *testing.T) {
	for kind, auth := range map[string]model.ConnectionAuth{
		"basic":          {Type: "basic", User: "tenon", Secret: "secret"},
		"bearer":         {Type: "bearer", Secret: "secret"},
		"api_key":        {Type: "api_key", Header: "X-Key", Secret: "secret"},
		"oauth2_client":  {Type: "oauth2_client", User: "tenon", Secret: "secret"},
		"oauth2_refresh": {Type: "oauth2_refresh", User: "tenon", Secret: "secret", Refresh: "refresh"},
	} {
		t.Run(kind, func(t *testing.T) {
			var took connecttest.Taken
			connecttest.Run(t, connecttest.Harness{Connector: rest.Connector{}, Message: message, Took: took.Take, Serve: connecttest.HTTP(erp(t, &took)),
				Declare: func(address string) *model.Connection {
					if strings.HasPrefix(auth.Type, "oauth2") {
						auth.Token = address + "/token"
					}
					return declare(address, auth)
				}})
		})
	}
}

// TestTokens: a token is kept until shortly before its end, the newest refresh token is used, and a token
// that is taken back early is got anew.
func TestTokens(t *testing.T) {
	good, grants, refresh := "a1", 0, ""
	mux := http.NewServeMux()
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		grants++
		refresh = r.FormValue("refresh_token")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token": "`+good+`", "token_type": "Bearer", "expires_in": 600, "refresh_token": "r-`+good+`"}`)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+good {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"data": {"no": "N-1"}}`)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	now := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
	v := connecttest.NewVault(true)
	decl := declare(srv.URL, model.ConnectionAuth{Type: "oauth2_refresh", User: "tenon", Secret: "secret", Refresh: "refresh", Token: srv.URL + "/token"})
	decl.Limits.Private = true
	send := func() {
		t.Helper()
		c := connect.NewCall(decl, v, now, connect.Options{})
		defer c.Close()
		got, err := rest.Connector{}.Send(t.Context(), c, message)
		if err != nil || got.Values["number"] != "N-1" || got.Status != http.StatusOK {
			t.Fatal(got, err)
		}
	}
	send()
	send()
	if grants != 1 || refresh != connecttest.Secret {
		t.Errorf("%d grants, refreshed with %q", grants, refresh)
	}
	now.Set(now.Now().Add(9*time.Minute + 40*time.Second))
	send()
	if grants != 2 || refresh != "r-a1" {
		t.Errorf("at the end of the token: %d grants, refreshed with %q", grants, refresh)
	}
	good = "a2"
	send()
	if grants != 3 {
		t.Errorf("after the token was taken back: %d grants", grants)
	}
}

// TestCredentialsStay: a redirect to another host of the connection gets no credentials.
func TestCredentialsStay(t *testing.T) {
	var leaked string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked = r.Header.Get("X-Key") + r.Header.Get("Authorization")
	}))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "localhost", 1), http.StatusTemporaryRedirect)
	}))
	defer first.Close()
	decl := declare(first.URL, model.ConnectionAuth{Type: "api_key", Header: "X-Key", Secret: "secret"})
	decl.Limits.Private, decl.Limits.Hosts, decl.Request.Result = true, []string{"localhost"}, nil
	c := connect.NewCall(decl, connecttest.NewVault(true), clock.System{}, connect.Options{})
	defer c.Close()
	if _, err := (rest.Connector{}).Send(t.Context(), c, message); err != nil || leaked != "" {
		t.Error(err, leaked)
	}
}
