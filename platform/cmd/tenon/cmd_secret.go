package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

func secretVerb() verb {
	return verb{"secret", "list | set NAME | remove NAME  [--data DIR] [--json]",
		"secrets that connections use; set reads the value from standard input, and nothing shows it again", "连接所用密钥；set 从标准输入读取，之后不再显示", runSecret}
}

func runSecret(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("secret")
	pos, err := parse(fs, args, -1)
	if err != nil {
		return err
	}
	if len(pos) == 0 || len(pos) != map[string]int{"list": 1, "set": 2, "remove": 2}[pos[0]] {
		return usageError{e.tr("list, set NAME or remove NAME is needed", "须为 list、set NAME 或 remove NAME")}
	}
	value := ""
	if pos[0] == "set" {
		if value, err = e.readSecret(pos[1]); err != nil {
			return err
		}
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	switch pos[0] {
	case "set":
		return cl.admin(ctx, `mutation($n: String!, $v: String!) { setSecret(name: $n, value: $v) }`, map[string]any{"n": pos[1], "v": value}, &struct{}{})
	case "remove":
		return cl.admin(ctx, `mutation($n: String!) { removeSecret(name: $n) }`, map[string]any{"n": pos[1]}, &struct{}{})
	}
	var res struct {
		Secrets []struct {
			Name   string    `json:"name"`
			SetAt  time.Time `json:"setAt"`
			SetBy  string    `json:"setBy"`
			UsedBy []string  `json:"usedBy"`
		} `json:"secrets"`
	}
	if err := cl.admin(ctx, `{ secrets { name setAt setBy usedBy } }`, nil, &res); err != nil {
		return err
	}
	if c.json {
		return writeJSON(e.out, res.Secrets)
	}
	for _, s := range res.Secrets {
		fmt.Fprintf(e.out, "%-24s %s  %-10s %s\n", s.Name, s.SetAt.Local().Format("2006-01-02 15:04:05"), s.SetBy, strings.Join(s.UsedBy, " "))
	}
	return nil
}

// readSecret reads a secret from a terminal without showing it, or the first line of what is piped in. It is
// no argument: those are seen by everybody on the machine.
func (e *env) readSecret(name string) (string, error) {
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		fmt.Fprintf(e.err, e.tr("The secret %s: ", "密钥 %s："), name)
		b, err := term.ReadPassword(fd)
		fmt.Fprintln(e.err)
		return string(b), err
	}
	line, err := bufio.NewReader(io.LimitReader(os.Stdin, 64<<10)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
