// Command tenon is the server and the command line of the platform. This package wires the parts
// together, one file per verb; it decides nothing about metadata or records itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/workflow/script/worker"
)

// Exit codes, as "tenon help" documents them.
const (
	exitOK     = 0
	exitFailed = 1 // findings with errors, failing tests, refused plans
	exitUsage  = 2 // unknown verb, flag or argument
)

// version is set by the linker.
var version = "dev"

// verb is one command.
type verb struct {
	name, args string
	en, zh     string
	run        func(ctx context.Context, e *env, args []string) error
}

func verbs() []verb {
	return []verb{serveVerb(), tenantVerb(), userVerb(), keyVerb(), auditVerb(), validateVerb(), packageTestVerb(), schemaVerb(), generateVerb(), typesVerb(), planVerb(), applyVerb(), packageVerb(), historyVerb(), rollbackVerb(), settingVerb(), approvalVerb(), secretVerb(), connectionVerb(),
		pullVerb(), loadVerb(), driftVerb(), versionVerb()}
}

// env is what a verb may use of the outside.
type env struct {
	out, err io.Writer
	tr       translator
	engine   driver.Engine // in place of the one that --store names; nil: that one
}

// usageError is a mistake in how a verb was called.
type usageError struct{ msg string }

func (u usageError) Error() string { return u.msg }

// errFailed ends with exit code 1 after the verb has said why.
var errFailed = errors.New("failed")

func main() { os.Exit(command(nil)) }

// command does what the arguments say. An engine that is given is used in place of the one that they name.
func command(engine driver.Engine) int {
	if len(os.Args) > 1 && os.Args[1] == worker.Verb { // no verb for people: the server starts itself so
		return worker.Main(os.Stdin, os.Stdout, os.Args[2:])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, &env{out: os.Stdout, err: os.Stderr, tr: newTranslator(os.Getenv), engine: engine}, os.Args[1:])
}

func run(ctx context.Context, e *env, args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		help(e)
		return exitOK
	}
	for _, v := range verbs() {
		if v.name != args[0] {
			continue
		}
		err := v.run(ctx, e, args[1:])
		var u usageError
		switch {
		case err == nil || errors.Is(err, flag.ErrHelp):
			return exitOK
		case errors.As(err, &u):
			fmt.Fprintf(e.err, "tenon %s: %s\n", v.name, u.msg)
			fmt.Fprintf(e.err, "%s tenon %s %s\n", e.tr("usage:", "用法："), v.name, v.args)
			return exitUsage
		case errors.Is(err, errFailed):
			return exitFailed
		}
		fmt.Fprintf(e.err, "tenon %s: %s\n", v.name, e.explain(err))
		return exitFailed
	}
	fmt.Fprintf(e.err, e.tr("tenon: unknown command %q; see tenon help\n", "tenon：未知命令 %q，请参阅 tenon help\n"), args[0])
	return exitUsage
}

func help(e *env) {
	fmt.Fprintln(e.out, e.tr("tenon — a low-code, metadata-driven business platform", "tenon —— 元数据驱动的低代码业务平台"))
	fmt.Fprintln(e.out)
	for _, v := range verbs() {
		fmt.Fprintf(e.out, "  tenon %-9s %s\n  %16s%s\n", v.name, v.args, "", e.tr(v.en, v.zh))
	}
	fmt.Fprintln(e.out)
	fmt.Fprintln(e.out, e.tr("Exit codes: 0 done; 1 failed, refused, failing test cases, or findings with errors; 2 wrong usage.",
		"退出码：0 完成；1 失败、被拒绝、测试用例未通过或存在错误；2 用法错误。"))
}

// flags makes a verb's flag set with the flags that all verbs share.
func (e *env) flags(name string) (*flag.FlagSet, *common) {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(e.err)
	c := &common{engine: e.engine}
	fs.StringVar(&c.data, "data", "data", e.tr("data directory", "数据目录"))
	fs.StringVar(&c.store, "store", "", e.tr("store engine: sqlite, or the connection string of a MongoDB replica set (a standalone server is refused);\n"+
		"TENON_STORE if not given, else sqlite",
		"存储引擎：sqlite，或 MongoDB 副本集的连接串（不接受单机实例）；\n缺省取 TENON_STORE，否则为 sqlite"))
	fs.StringVar(&c.tenant, "tenant", "", e.tr("tenant that the command is for; the default one if not given", "命令所针对的租户；缺省为默认租户"))
	fs.BoolVar(&c.json, "json", false, e.tr("print JSON", "输出 JSON"))
	return fs, c
}

// common are the flags that all verbs share.
type common struct {
	data, store string
	engine      driver.Engine // in place of the one that store names; nil: that one
	tenant      string
	blobs       string // of serve
	json        bool
}

// parse reads flags before and after the positional arguments, and checks how many there are.
func parse(fs *flag.FlagSet, args []string, want int) ([]string, error) {
	var pos []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{err.Error()}
		}
		if fs.NArg() == 0 {
			break
		}
		pos = append(pos, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if len(pos) != want && want >= 0 {
		return nil, usageError{fmt.Sprintf("%d arguments given, %d wanted", len(pos), want)}
	}
	return pos, nil
}
