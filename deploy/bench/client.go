package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"time"
)

// httpRequest is a whole HTTP/1.1 request with a JSON body, if any.
func httpRequest(method, path, addr, token string, body any) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n", method, path, addr, token)
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode a request: %w", err)
		}
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(text))
		b.Write(text)
		return b.Bytes(), nil
	}
	b.WriteString("\r\n")
	return b.Bytes(), nil
}

// send sends one request over a connection of its own and gives what the answer has under "data".
func send(addr string, request []byte) (any, error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	var out struct {
		Data   any
		Errors []any
	}
	if err := decode(body, &out); err != nil || res.StatusCode != http.StatusOK || out.Errors != nil {
		return nil, fmt.Errorf("status %d: %.2000s", res.StatusCode, body)
	}
	return out.Data, nil
}

func decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(into)
}

// same compares two JSON values, of which want has not been through JSON yet.
func same(got, want any) (bool, error) {
	b, err := json.Marshal(want)
	if err != nil {
		return false, fmt.Errorf("encode the right answer: %w", err)
	}
	var w any
	if err := decode(b, &w); err != nil {
		return false, fmt.Errorf("decode the right answer: %w", err)
	}
	return reflect.DeepEqual(got, w), nil
}
