package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/typescript"
)

func generateVerb() verb {
	return verb{"generate", "typescript [--data DIR | --url URL --key KEY] [--out FILE]",
		"write TypeScript types of the API and a small client: of all of a data directory, or of what a key may see",
		"生成 API 的 TypeScript 类型与小型客户端：针对整个数据目录，或某个密钥可见的部分", runGenerate}
}

func runGenerate(ctx context.Context, e *env, args []string) error {
	fs, c := e.flags("generate")
	url := fs.String("url", "", e.tr("address of a server, such as https://tenon.example.com", "服务器地址，例如 https://tenon.example.com"))
	key := fs.String("key", os.Getenv("TENON_KEY"), e.tr("API key for --url; TENON_KEY if not given", "--url 使用的 API 密钥；缺省取 TENON_KEY"))
	out := fs.String("out", "", e.tr("write into this file rather than to the terminal", "写入该文件而非终端"))
	pos, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	if pos[0] != "typescript" {
		return usageError{e.tr("only typescript is known", "仅支持 typescript")}
	}
	var sdl string
	if *url != "" {
		sdl, err = readSDL(ctx, http.DefaultClient, strings.TrimSuffix(*url, "/"), *key)
	} else {
		sdl, err = e.ownSDL(ctx, c)
	}
	if err != nil {
		return err
	}
	module, err := typescript.Generate(sdl)
	if err != nil {
		return err
	}
	if *out == "" {
		_, err = e.out.Write(module)
		return err
	}
	if err := os.WriteFile(*out, module, 0o644); err != nil {
		return fmt.Errorf("write the module: %w", err)
	}
	return nil
}

// ownSDL is the whole schema of a data directory.
func (e *env) ownSDL(ctx context.Context, c *common) (sdl string, err error) {
	cl, err := e.connect(ctx, c)
	if err != nil {
		return "", err
	}
	defer func() { err = joinClose(ctx, cl, err) }()
	return readSDL(ctx, cl.http, "http://tenon", "")
}

// maxSDL bounds the schema that is read from a server, in bytes.
const maxSDL = 64 << 20

func readSDL(ctx context.Context, client *http.Client, url, key string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/graphql/schema.graphql", nil)
	if err != nil {
		return "", usageError{err.Error()}
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := client.Do(req)
	if err != nil {
		return "", errs.New(errs.Unavailable, "the server cannot be reached", "无法连接服务器").Because(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxSDL))
	if err != nil {
		return "", fmt.Errorf("read the schema: %w", err)
	}
	switch {
	case res.StatusCode == http.StatusUnauthorized:
		return "", errs.New(errs.Unauthenticated, "the server wants a valid API key: give --key or TENON_KEY", "服务器需要有效的 API 密钥：请提供 --key 或 TENON_KEY")
	case res.StatusCode != http.StatusOK:
		return "", errs.New(errs.Unavailable, "the server answered %d to the request for its schema", "服务器对 Schema 请求的应答为 %d", res.StatusCode)
	}
	return string(b), nil
}
