package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

func approvalVerb() verb {
	return verb{"approval", "replay [--data DIR] [--definition FILE] [--first N] [--json] PROCESS",
		"run a definition of an approval over past submissions: who would have been asked, and where it comes to no end", "用审批定义回放历史提交：会询问哪些人、在何处走不通", runApproval}
}

// replayed is the answer of the API.
type replayed struct {
	Process                       string
	Replayed, Differing, DeadEnds int
	Runs                          []replayedRun
}

type replayedRun struct {
	Instance, Record, Was string
	Status, DeadEnd, Node *string
	Differs               *bool
	Asked, WouldAsk       []asked
}

type asked struct {
	Node  string
	Users []string
}

const replayQuery = `query($p: String!, $d: JSON, $n: Int) { replayApproval(process: $p, definition: $d, first: $n) { process replayed differing deadEnds
	runs { instance record was status deadEnd node differs asked { node users } wouldAsk { node users } } } }`

func runApproval(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("approval")
	file := fs.String("definition", "", e.tr("file of the changed definition; the one that serves unless given", "修改后的定义文件，默认为当前生效的定义"))
	first := fs.Int("first", 50, e.tr("how many submissions, the newest first", "回放的提交数量，从最新开始"))
	pos, err := parse(fs, args, 2)
	if err != nil {
		return err
	}
	if pos[0] != "replay" {
		return usageError{e.tr("the one thing to do with approvals here is replay", "此处只支持 replay")}
	}
	vars := map[string]any{"p": pos[1], "n": *first}
	if *file != "" {
		raw, err := os.ReadFile(*file)
		if err != nil {
			return err
		}
		vars["d"] = json.RawMessage(raw)
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	body, err := json.Marshal(map[string]any{"query": replayQuery, "variables": vars})
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	var res struct{ ReplayApproval replayed }
	if err := cl.call(ctx, "/graphql", "application/json", bytes.NewReader(body), &res); err != nil {
		return err
	}
	if c.json {
		return writeJSON(e.out, res.ReplayApproval)
	}
	e.showReplay(&res.ReplayApproval)
	if res.ReplayApproval.DeadEnds > 0 {
		return errFailed
	}
	return nil
}

func (e *env) showReplay(r *replayed) {
	for _, x := range r.Runs {
		fmt.Fprintf(e.out, "%s  %s  %s\n", x.Instance, x.Record, x.Was)
		if x.Differs != nil && *x.Differs {
			fmt.Fprintf(e.out, "  - %s\n  + %s\n", people(x.Asked), people(x.WouldAsk))
		}
		if x.DeadEnd != nil {
			at := ""
			if x.Node != nil {
				at = " " + *x.Node
			}
			fmt.Fprintf(e.out, "  ! %s%s\n", *x.DeadEnd, at)
		}
	}
	fmt.Fprintf(e.out, e.tr("%d replayed, %d would ask others, %d come to no end\n", "回放 %d 个，%d 个询问对象不同，%d 个走不通\n"), r.Replayed, r.Differing, r.DeadEnds)
}

func people(list []asked) string {
	var out []string
	for _, a := range list {
		out = append(out, a.Node+": "+strings.Join(a.Users, " "))
	}
	return strings.Join(out, "; ")
}
