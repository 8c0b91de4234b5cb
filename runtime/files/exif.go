package files

import (
	"bytes"
	"encoding/binary"
)

// orientation is the way in which a picture lies, as its EXIF data say: 1 to 8, 1 where nothing is
// said.
func orientation(mediaType string, file []byte) int {
	var tiff []byte
	switch mediaType {
	case "image/jpeg":
		tiff = jpegEXIF(file)
	case "image/png":
		tiff = pngEXIF(file)
	case "image/webp":
		eachRIFF(file, func(id string, body []byte) {
			if id == "EXIF" {
				tiff = bytes.TrimPrefix(body, []byte("Exif\x00\x00"))
			}
		})
	}
	return tiffOrientation(tiff)
}

// jpegEXIF finds the APP1 segment with EXIF data among those before the picture.
func jpegEXIF(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	for b = b[2:]; len(b) >= 4 && b[0] == 0xff; {
		if b[1] == 0xff { // filling
			b = b[1:]
			continue
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if b[1] == 0xda || n < 2 || n+2 > len(b) {
			return nil
		}
		if body, ok := bytes.CutPrefix(b[4:n+2], []byte("Exif\x00\x00")); ok && b[1] == 0xe1 {
			return body
		}
		b = b[n+2:]
	}
	return nil
}

// pngEXIF finds the chunk eXIf.
func pngEXIF(b []byte) []byte {
	if len(b) < 8 {
		return nil
	}
	for b = b[8:]; len(b) >= 12; {
		n := int64(binary.BigEndian.Uint32(b))
		if n+12 > int64(len(b)) {
			return nil
		}
		if string(b[4:8]) == "eXIf" {
			return b[8 : 8+n]
		}
		b = b[12+n:]
	}
	return nil
}

// eachRIFF calls fn with the chunks of a WebP file.
func eachRIFF(b []byte, fn func(id string, body []byte)) {
	if len(b) < 12 {
		return
	}
	for b = b[12:]; len(b) >= 8; {
		n := int64(binary.LittleEndian.Uint32(b[4:]))
		if n+8 > int64(len(b)) {
			return
		}
		fn(string(b[:4]), b[8:8+n])
		b = b[min(8+n+n%2, int64(len(b))):]
	}
}

// tiffOrientation reads tag 0x0112 of the first directory.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(b[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	n := int64(order.Uint16(b[at:]))
	for i := range n {
		e := at + 2 + i*12
		if e+12 > int64(len(b)) {
			return 1
		}
		if order.Uint16(b[e:]) == 0x0112 && order.Uint16(b[e+2:]) == 3 { // one SHORT
			if way := int(order.Uint16(b[e+8:])); way >= 1 && way <= 8 {
				return way
			}
			return 1
		}
	}
	return 1
}
