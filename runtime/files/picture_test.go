package files

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
)

// quarters is a picture of 40 by 20 pixels whose upper left quarter is red; the others are green.
func quarters(rest color.Color) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	for y := range 20 {
		for x := range 40 {
			if x < 20 && y < 10 {
				m.Set(x, y, color.NRGBA{255, 0, 0, 255})
			} else {
				m.Set(x, y, rest)
			}
		}
	}
	return m
}

var green = color.NRGBA{0, 255, 0, 255}

func encoded(t *testing.T, mediaType string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch mediaType {
	case "image/png":
		err = png.Encode(&b, m)
	case "image/jpeg":
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 95})
	case "image/gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif is what EXIF says of a picture that lies in a way, besides where it was made.
func exif(order binary.AppendByteOrder, way uint16) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x010e), 2), 4), 0x65_65_65_65)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x0112), 3), 1)
	b = order.AppendUint16(order.AppendUint16(b, way), 0)
	return append(order.AppendUint32(b, 0), "secret place"...)
}

// withEXIF puts EXIF data into a file.
func withEXIF(mediaType string, file, data []byte) []byte {
	switch mediaType {
	case "image/jpeg":
		seg := append([]byte("\xff\xe1"), binary.BigEndian.AppendUint16(nil, uint16(len(data)+8))...)
		seg = append(append(seg, "Exif\x00\x00"...), data...)
		return append(append(file[:2:2], seg...), file[2:]...)
	case "image/png":
		chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), "eXIf"...)
		chunk = append(chunk, data...)
		chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
		return append(append(file[:33:33], chunk...), file[33:]...)
	}
	return file
}

// pixel is a WebP picture of one pixel.
const pixel = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="

func webpFile(t *testing.T) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func small(t *testing.T, mediaType string, file []byte, edge int) (image.Image, string) {
	t.Helper()
	out, outType, err := shrink(mediaType, file, edge)
	if err != nil {
		t.Fatalf("%s: %v", mediaType, err)
	}
	if bytes.Contains(out, []byte("secret place")) || bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte("eXIf")) {
		t.Errorf("%s: the thumbnail tells where it was made", mediaType)
	}
	m, format, err := image.Decode(bytes.NewReader(out))
	if err != nil || "image/"+format != outType {
		t.Fatalf("%s: %s as %s: %v", mediaType, outType, format, err)
	}
	return m, outType
}

func isRed(c color.Color) bool {
	r, g, _, _ := c.RGBA()
	return r > 0xc000 && g < 0x4000
}

func TestShrink(t *testing.T) {
	clear := color.NRGBA{0, 255, 0, 0}
	for _, c := range []struct {
		in, out string
		rest    color.Color
	}{{"image/png", "image/jpeg", green}, {"image/jpeg", "image/jpeg", green}, {"image/gif", "image/jpeg", green}, {"image/png", "image/png", clear}} {
		file := encoded(t, c.in, quarters(c.rest))
		m, outType := small(t, c.in, file, 10)
		if b := m.Bounds(); b.Dx() != 10 || b.Dy() != 5 || outType != c.out || !isRed(m.At(1, 1)) || isRed(m.At(8, 1)) {
			t.Errorf("%s: %s of %v", c.in, outType, m.Bounds())
		}
		if m, _ := small(t, c.in, file, 1024); m.Bounds().Dx() != 40 || m.Bounds().Dy() != 20 {
			t.Errorf("%s is made larger: %v", c.in, m.Bounds())
		}
	}
	if m, _ := small(t, "image/webp", webpFile(t), 64); m.Bounds().Dx() != 1 {
		t.Errorf("WebP: %v", m.Bounds())
	}
	long := encoded(t, "image/png", image.NewGray(image.Rect(0, 0, 3000, 2)))
	if m, _ := small(t, "image/png", long, 64); m.Bounds().Dx() != 64 || m.Bounds().Dy() != 1 {
		t.Errorf("a strip: %v", m.Bounds())
	}
}

// TestOrientation: where the red quarter, which is stored in the upper left, has to be shown.
func TestOrientation(t *testing.T) {
	corners := map[uint16]string{0: "upper left", 1: "upper left", 2: "upper right", 3: "lower right", 4: "lower left", 5: "upper left", 6: "upper right", 7: "lower right", 8: "lower left", 9: "upper left"}
	for way, want := range corners {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, mediaType := range []string{"image/jpeg", "image/png"} {
				file := withEXIF(mediaType, encoded(t, mediaType, quarters(green)), exif(order, way))
				m, _ := small(t, mediaType, file, 1024)
				b := m.Bounds()
				if tall := way >= 5 && way <= 8; tall != (b.Dy() == 40) {
					t.Errorf("%s %d: %v", mediaType, way, b)
				}
				got := ""
				for name, at := range map[string]image.Point{"upper left": {3, 3}, "upper right": {b.Dx() - 4, 3}, "lower left": {3, b.Dy() - 4}, "lower right": {b.Dx() - 4, b.Dy() - 4}} {
					if isRed(m.At(at.X, at.Y)) {
						got += name
					}
				}
				if got != want {
					t.Errorf("%s, way %d: red is in the %s, want %s", mediaType, way, got, want)
				}
			}
		}
	}
}

// TestBombs: pictures that are small as files and huge in memory, or that take for ever.
func TestBombs(t *testing.T) {
	huge := encoded(t, "image/png", quarters(green))
	binary.BigEndian.PutUint32(huge[16:], 30_000)
	binary.BigEndian.PutUint32(huge[20:], 30_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	wide := bytes.Clone(huge)
	binary.BigEndian.PutUint32(wide[16:], 2_000_000_000)
	binary.BigEndian.PutUint32(wide[20:], 1)
	binary.BigEndian.PutUint32(wide[29:], crc32.ChecksumIEEE(wide[12:29]))
	jpg := encoded(t, "image/jpeg", quarters(green))
	sof := bytes.Index(jpg, []byte("\xff\xc0"))
	binary.BigEndian.PutUint16(jpg[sof+5:], 60_000)
	binary.BigEndian.PutUint16(jpg[sof+7:], 60_000)
	scans := append(encoded(t, "image/jpeg", quarters(green)), bytes.Repeat([]byte("\xff\xda"), maxScans+1)...)
	gifFile := encoded(t, "image/gif", quarters(green))
	binary.LittleEndian.PutUint16(gifFile[6:], 65_000)
	binary.LittleEndian.PutUint16(gifFile[8:], 65_000)
	frame := encoded(t, "image/gif", quarters(green))
	binary.LittleEndian.PutUint16(frame[6:], 10)
	web := webpFile(t)
	binary.LittleEndian.PutUint32(web[21:], 16_000|16_000<<14)
	for name, c := range map[string]struct {
		mediaType string
		file      []byte
		code      errs.Code
	}{
		"PNG": {"image/png", huge, errs.LimitExceeded}, "a wide PNG": {"image/png", wide, errs.LimitExceeded}, "JPEG": {"image/jpeg", jpg, errs.LimitExceeded},
		"scans": {"image/jpeg", scans, errs.LimitExceeded}, "GIF": {"image/gif", gifFile, errs.LimitExceeded}, "WebP": {"image/webp", web, errs.LimitExceeded},
		"a frame outside of the picture": {"image/gif", frame, errs.ValidationFail}, "cut off": {"image/png", encoded(t, "image/png", quarters(green))[:60], errs.ValidationFail},
		"nothing": {"image/jpeg", nil, errs.ValidationFail}, "of another kind": {"image/webp", huge, errs.ValidationFail}, "no picture": {"text/plain", []byte("x"), errs.InvalidInput},
	} {
		_, _, err := shrink(c.mediaType, c.file, 64)
		if e := errs.From(err); e == nil || e.Code != c.code || e.Message.Zh == "" || e.Message.En == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzShrink: no file makes a thumbnail panic, or larger than it was asked for.
func FuzzShrink(f *testing.F) {
	types := []string{"image/png", "image/jpeg", "image/gif", "image/webp"}
	b, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(3, b)
	f.Add(1, withEXIF("image/jpeg", []byte("\xff\xd8\xff\xda"), exif(binary.BigEndian, 6)))
	f.Fuzz(func(t *testing.T, kind int, file []byte) {
		mediaType := types[uint(kind)%4]
		out, _, err := shrink(mediaType, file, 64)
		if err != nil {
			return
		}
		c, _, err := image.DecodeConfig(bytes.NewReader(out))
		if err != nil || c.Width > 64 || c.Height > 64 {
			t.Errorf("%+v %v", c, err)
		}
	})
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"a.pdf": "a.pdf", "../../etc/passwd": "passwd", `C:\x\y.doc`: "y.doc", "": "file", "..": "file", "/": "file", " .hidden ": "hidden",
		"合同\r\n.pdf": "合同.pdf", "a\u202Efdp.exe": "afdp.exe", `x"<b>.png`: "xb.png", "bad\xffname": "badname",
		string(bytes.Repeat([]byte("长"), 200)) + ".docx": string(bytes.Repeat([]byte("长"), 65)) + ".docx",
	} {
		if got := cleanName(in); got != want || len(got) > maxName {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestByteRange(t *testing.T) {
	for in, want := range map[string]string{"bytes=0-0": "0+1 true", "bytes= 2-4": "2+3 true", "bytes=-4": "6+4 true", "bytes=--4": "0+0 true", "bytes=+1-2": "0+0 true", "": "0+0 true", "bytes=12-13": "0+0 false"} {
		from, n, ok := byteRange(in, 10)
		if got := fmt.Sprintf("%d+%d %v", from, n, ok); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
