package files

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Bounds of pictures that thumbnails are made of. A picture is in memory as a whole while one is
// made: at most eight bytes for each of maxPixels, and what the file has. A JPEG is gone through
// once for each of its scans, however little a scan holds.
const (
	maxPicture = 50 << 20 // bytes of a file
	maxSide    = 20_000   // pixels
	maxPixels  = 40_000_000
	maxScans   = 200
)

// picture is a format of pictures.
type picture struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error) // of animations, the first frame
}

var pictures = map[string]picture{
	"image/png":  {png.DecodeConfig, png.Decode},
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/gif":  {gif.DecodeConfig, gif.Decode},
	"image/webp": {webp.DecodeConfig, webp.Decode},
}

var errBroken = errs.New(errs.ValidationFail, "the picture is broken", "图片已损坏")

// shrink makes a picture whose longer side has at most edge pixels, upright, and with nothing of the
// file but its pixels. It is a JPEG, or a PNG when something shines through. How large a picture is
// is looked at before it is taken apart: a small file may claim to hold a huge one.
func shrink(mediaType string, file []byte, edge int) (out []byte, outType string, err error) {
	p, ok := pictures[mediaType]
	if !ok {
		return nil, "", errs.New(errs.InvalidInput, "files of the type %s have no thumbnail", "%s 类型的文件没有缩略图", mediaType).On("size")
	}
	defer func() {
		if x := recover(); x != nil { // a decoder that fails on a file of somebody's making
			err = errors.Join(errBroken, fmt.Errorf("%v", x))
		}
	}()
	c, err := p.config(bytes.NewReader(file))
	if err != nil {
		return nil, "", broken(err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return nil, "", errBroken
	}
	if c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels || bytes.Count(file, []byte{0xff, 0xda}) > maxScans && mediaType == "image/jpeg" {
		return nil, "", errs.New(errs.LimitExceeded, "the picture has %d by %d pixels, or is too involved, for a thumbnail", "图片为 %d×%d 像素，或结构过于复杂，无法生成缩略图", c.Width, c.Height).With("status", 422)
	}
	src, err := p.decode(bytes.NewReader(file))
	if err != nil {
		return nil, "", broken(err)
	}
	small := scale(src, edge)
	upright := turn(small, orientation(mediaType, file))
	var b bytes.Buffer
	if upright.Opaque() {
		err, outType = jpeg.Encode(&b, upright, &jpeg.Options{Quality: 85}), "image/jpeg"
	} else {
		err, outType = png.Encode(&b, upright), "image/png"
	}
	return b.Bytes(), outType, err
}

func broken(err error) error {
	e := *errBroken
	return e.Because(err)
}

// scale draws a picture so that it fits into a square of edge pixels. It never makes it larger.
func scale(src image.Image, edge int) *image.NRGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if most := max(w, h); most > edge {
		w, h = max(1, (w*edge+most/2)/most), max(1, (h*edge+most/2)/most)
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(out, out.Bounds(), src, b, draw.Src, nil)
	return out
}

// turn sets a picture upright, from the way in which EXIF says that it lies: 1 to 8.
func turn(src *image.NRGBA, way int) *image.NRGBA {
	if way < 2 || way > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if way > 4 {
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			to := [...]image.Point{2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y}, 5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x}}[way]
			i, j := src.PixOffset(x, y), out.PixOffset(to.X, to.Y)
			copy(out.Pix[j:j+4], src.Pix[i:i+4])
		}
	}
	return out
}
