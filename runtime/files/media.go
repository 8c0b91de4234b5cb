package files

import (
	"fmt"
	"io"
	"mime"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"github.com/tenon-platform/tenon/platform/errs"
)

// maxName bounds the name of a file, in bytes.
const maxName = 200

// cleanName keeps the last part of the name that a client gives, without what would break a path,
// a header, or make a name look like another one.
func cleanName(s string) string {
	s = path.Base(strings.ReplaceAll(strings.ToValidUTF8(s, ""), `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || strings.ContainsRune(`"<>:|?*`, r) {
			return -1
		}
		return r
	}, s)
	s = strings.Trim(s, " .")
	if len(s) > maxName {
		ext := path.Ext(s)
		if len(ext) > 20 {
			ext = ""
		}
		s = strings.TrimSuffix(s, ext)
		cut := maxName - len(ext)
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + ext
	}
	if s == "" || s == "/" {
		return "file"
	}
	return s
}

// generic are types by which clients say that they do not know.
var generic = map[string]bool{"": true, "application/octet-stream": true, "binary/octet-stream": true, "application/x-www-form-urlencoded": true}

// mediaType finds the type of a content, and refuses one that is not what the client says it is. A
// text may be declared as a special kind of text, whose marks cannot be seen in it.
func mediaType(r io.Reader, declared string) (string, error) {
	found, err := mimetype.DetectReader(r)
	if err != nil {
		return "", fmt.Errorf("look into a file: %w", err)
	}
	said := ""
	if declared != "" {
		if said, _, err = mime.ParseMediaType(declared); err != nil || !strings.Contains(said, "/") {
			return "", errs.New(errs.InvalidInput, "%q is no media type", "%q 不是媒体类型", clip(declared)).On("type")
		}
	}
	bare := bareType(found)
	if generic[said] {
		return bare, nil
	}
	for m := found; m != nil; m = m.Parent() {
		if m.Is(said) {
			return bare, nil
		}
	}
	if found.Is("text/plain") && isText(said) {
		return said, nil
	}
	return "", errs.New(errs.ValidationFail, "the content is %s, not %s as declared", "文件内容为 %s，与声明的 %s 不符", bare, clip(said)).On("type").With("type", bare)
}

// bareType is a type without parameters.
func bareType(m *mimetype.MIME) string {
	s, _, _ := strings.Cut(m.String(), ";")
	return s
}

// isText says whether contents of a type are text.
func isText(t string) bool {
	if m := mimetype.Lookup(t); m != nil {
		for ; m != nil; m = m.Parent() {
			if m.Is("text/plain") {
				return true
			}
		}
		return false
	}
	return strings.HasPrefix(t, "text/")
}

func clip(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}
