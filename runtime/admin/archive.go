package admin

import (
	"context"
	"encoding/base64"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/pack"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
)

// archiveResolver is an archive that was opened.
type archiveResolver struct {
	info  pack.Info
	files map[string][]byte
}

func (a archiveResolver) Name() string    { return a.info.Name }
func (a archiveResolver) Version() string { return a.info.Version }
func (a archiveResolver) Digest() string  { return a.info.Digest }

func (a archiveResolver) Signer() *string {
	if a.info.Signer == "" {
		return nil
	}
	return &a.info.Signer
}

func (a archiveResolver) Files() (JSON, error) {
	out := make(map[string]string, len(a.files))
	for path, b := range a.files {
		if !utf8.Valid(b) {
			return nil, fail(errs.New(errs.InvalidInput, "%s in the archive is no text", "归档中的 %s 不是文本", path))
		}
		out[path] = string(b)
	}
	return toJSON(out)
}

// Archive opens an archive, for its files to be planned.
func (r *resolver) Archive(ctx context.Context, a struct{ Content string }) (*archiveResolver, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(a.Content)
	if err != nil {
		return nil, fail(errs.New(errs.InvalidInput, "content is the archive in Base64", "content 须为 Base64 编码的归档").On("content"))
	}
	files, info, err := pack.Open(b)
	if err != nil {
		return nil, fail(err)
	}
	return &archiveResolver{info, files}, nil
}
