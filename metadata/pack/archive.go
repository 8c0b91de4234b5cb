package pack

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/upgrade"
	"github.com/tenon-platform/tenon/platform/errs"
)

// Extension is how the names of archives end.
const Extension = ".tenon"

// An archive is a zip file with the files of a package under files/, their checksums, and the
// signature of those where there is one. The same files give the same bytes: names are sorted, and
// there are no times.
const (
	filesDir      = "files/"
	checksumsFile = "checksums"
	signatureFile = "signature"
)

// Bounds of an archive.
const (
	maxFiles   = 100_000
	maxArchive = 256 << 20 // bytes, unpacked
)

// Info is what an archive says of itself.
type Info struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"digest"`           // SHA-256 of the checksums, hex: it stands for all files
	Signer  string `json:"signer,omitempty"` // public key that signed the checksums, base64; "" when none did
}

// Build writes an archive of a package's files. key signs it; nil: nobody does.
func Build(w io.Writer, files map[string][]byte, key ed25519.PrivateKey) (Info, error) {
	sums := checksums(files)
	info, err := describe(files, sums)
	if err != nil {
		return info, err
	}
	z := zip.NewWriter(w)
	if err := add(z, checksumsFile, sums); err != nil {
		return info, err
	}
	if key != nil {
		pub := key.Public().(ed25519.PublicKey)
		info.Signer = base64.StdEncoding.EncodeToString(pub)
		text := info.Signer + "\n" + base64.StdEncoding.EncodeToString(ed25519.Sign(key, sums)) + "\n"
		if err := add(z, signatureFile, []byte(text)); err != nil {
			return info, err
		}
	}
	for _, p := range slices.Sorted(maps.Keys(files)) {
		if err := add(z, filesDir+p, files[p]); err != nil {
			return info, err
		}
	}
	if err := z.Close(); err != nil {
		return info, fmt.Errorf("write the archive: %w", err)
	}
	return info, nil
}

func add(z *zip.Writer, name string, content []byte) error {
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Time{}})
	if err == nil {
		_, err = f.Write(content)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// checksums lists the files with their SHA-256, one a line, in order of their paths.
func checksums(files map[string][]byte) []byte {
	var b bytes.Buffer
	for _, p := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[p])
		fmt.Fprintf(&b, "%s  %s\n", hex.EncodeToString(sum[:]), p)
	}
	return b.Bytes()
}

func describe(files map[string][]byte, sums []byte) (Info, error) {
	var m struct{ Name, Version string }
	if b, ok := files[upgrade.Manifest]; !ok {
		return Info{}, errs.New(errs.InvalidInput, "there is no %s: these files are no package", "缺少 %s：这些文件不是软件包", upgrade.Manifest)
	} else if err := json.Unmarshal(b, &m); err != nil {
		return Info{}, errs.New(errs.InvalidInput, "%s cannot be read: %v", "无法读取 %s：%v", upgrade.Manifest, err)
	}
	sum := sha256.Sum256(sums)
	return Info{Name: m.Name, Version: m.Version, Digest: hex.EncodeToString(sum[:])}, nil
}

// Open reads an archive. It refuses one that is not whole: with files missing, changed or beside the
// checksums, or with a signature that is not of them. Whom to trust is the caller's business.
func Open(b []byte) (map[string][]byte, Info, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, Info{}, refused("it is no archive of a package", "不是软件包归档").Because(err)
	}
	if len(z.File) > maxFiles {
		return nil, Info{}, refused("it has too many files", "文件过多")
	}
	files, own := map[string][]byte{}, map[string][]byte{}
	left := int64(maxArchive)
	for _, f := range z.File {
		content, err := unzip(f, left)
		if err != nil {
			return nil, Info{}, err
		}
		left -= int64(len(content))
		into, name := own, f.Name
		if p, ok := strings.CutPrefix(f.Name, filesDir); ok {
			into, name = files, p
		}
		if _, twice := into[name]; twice || !fs.ValidPath(name) {
			return nil, Info{}, refused("it has files of bad names", "文件名有误")
		}
		into[name] = content
	}
	sums := checksums(files)
	if subtle.ConstantTimeCompare(sums, own[checksumsFile]) != 1 {
		return nil, Info{}, refused("its files are not those that its checksums are of", "文件与校验和不符")
	}
	info, err := describe(files, sums)
	if err == nil {
		info.Signer, err = signer(own[signatureFile], sums)
	}
	if err != nil {
		return nil, Info{}, err
	}
	return files, info, nil
}

func unzip(f *zip.File, left int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, refused("a file of it cannot be read", "其中的文件无法读取").Because(err)
	}
	content, err := io.ReadAll(io.LimitReader(r, left+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, refused("a file of it cannot be read", "其中的文件无法读取").Because(err)
	}
	if int64(len(content)) > left {
		return nil, refused("it is larger than packages may be", "超出软件包大小上限")
	}
	return content, nil
}

// signer is who signed the checksums, by public key; "" when nobody did.
func signer(text, sums []byte) (string, error) {
	if text == nil {
		return "", nil
	}
	who, sig, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	pub, err := base64.StdEncoding.DecodeString(who)
	signature, err2 := base64.StdEncoding.DecodeString(sig)
	if err != nil || err2 != nil || len(pub) != ed25519.PublicKeySize || !ed25519.Verify(pub, sums, signature) {
		return "", refused("its signature is not of its files", "签名与文件不符")
	}
	return who, nil
}

func refused(en, zh string) *errs.Error {
	return errs.New(errs.InvalidInput, "the archive is refused: %[1]s", "归档被拒绝：%[2]s", en, zh)
}
