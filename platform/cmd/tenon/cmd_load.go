package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/tenon-platform/tenon/runtime/transfer"
)

func loadVerb() verb {
	return verb{"load", "[--data DIR] --object NAME [--upsert FIELD,…] [--again] [--json] FILE.csv | FILE.jsonl",
		"load records; a load that was cut off goes on where it stopped", "批量加载记录；中断后再次执行会从断点继续", runLoad}
}

func runLoad(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("load")
	object := fs.String("object", "", e.tr("object to load", "目标对象"))
	upsert := fs.String("upsert", "", e.tr("unique key to update existing records by", "按唯一键更新已有记录"))
	again := fs.Bool("again", false, e.tr("load even if this very file was loaded before", "即使该文件已加载过也重新加载"))
	pos, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	if *object == "" {
		return usageError{e.tr("--object is missing", "缺少 --object")}
	}
	f, err := os.Open(pos[0])
	if err != nil {
		return fmt.Errorf("open the file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	q := url.Values{"format": {strings.TrimPrefix(filepath.Ext(pos[0]), ".")}}
	if *upsert != "" {
		q.Set("upsert", *upsert)
	}
	size, digest, err := fingerprint(f)
	if err != nil {
		return err
	}
	if !*again {
		q.Set("key", digest+":"+*object+":"+*upsert)
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	bar := newBar(e.err)
	var sum transfer.Summary
	err = cl.call(ctx, "/import/"+url.PathEscape(*object)+"?"+q.Encode(), "application/octet-stream",
		&barReader{r: f, bar: bar, what: *object, total: size}, &sum)
	bar.clear()
	if err != nil {
		return err
	}
	return e.showLoad(c, &sum)
}

func (e *env) showLoad(c *common, s *transfer.Summary) error {
	if c.json {
		if err := writeJSON(e.out, s); err != nil {
			return err
		}
	} else {
		for _, x := range s.Failures {
			fmt.Fprintf(e.out, e.tr("line %d: %s %s: %s\n", "第 %d 行：%s %s：%s\n"), x.Line, x.Code, x.Field, e.tr.text(x.Message))
		}
		fmt.Fprintf(e.out, e.tr("%d loaded, %d already there, %d failed\n", "已加载 %d 行，此前已完成 %d 行，失败 %d 行\n"), s.Rows, s.Skipped, s.Failed)
	}
	if s.Failed > 0 {
		return errFailed
	}
	return nil
}

// fingerprint gives the size and digest of a file and goes back to its start.
func fingerprint(f *os.File) (int64, string, error) {
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return 0, "", fmt.Errorf("read the file: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, "", fmt.Errorf("read the file: %w", err)
	}
	return n, hex.EncodeToString(h.Sum(nil)), nil
}

// barReader shows how much of a file has been read.
type barReader struct {
	r           io.Reader
	bar         *bar
	what        string
	done, total int64
}

func (b *barReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.done += int64(n)
	b.bar.show(b.what, b.done, b.total)
	return n, err
}

func driftVerb() verb {
	return verb{"reconcile", "[--data DIR] [--repair] [--json] OBJECT",
		"report roll-ups and formulas whose stored value is not what it should be", "核对汇总与公式字段的存储值，报告偏差", runDrift}
}

func runDrift(ctx context.Context, e *env, args []string) (err error) {
	fs, c := e.flags("reconcile")
	repair := fs.Bool("repair", false, e.tr("write the right values", "写入正确的值"))
	pos, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	cl, err := e.connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	var res struct{ Drift []map[string]any }
	if err := cl.admin(ctx, `query($o: String!, $r: Boolean) { drift(object: $o, repair: $r) }`, map[string]any{"o": pos[0], "r": *repair}, &res); err != nil {
		return err
	}
	if err := writeJSON(e.out, res.Drift); err != nil {
		return err
	}
	if len(res.Drift) > 0 && !*repair {
		return errFailed
	}
	return nil
}
