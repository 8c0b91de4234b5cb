package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// bar is a progress bar on a terminal; elsewhere it shows nothing.
type bar struct {
	w     io.Writer
	shown bool
	on    bool
}

func newBar(w io.Writer) *bar {
	f, ok := w.(*os.File)
	return &bar{w: w, on: ok && term.IsTerminal(int(f.Fd()))}
}

func (b *bar) show(what string, done, total int64) {
	if !b.on {
		return
	}
	b.shown = true
	if total <= 0 {
		fmt.Fprintf(b.w, "\r\x1b[K%s %d", what, done)
		return
	}
	const width = 30
	n := int(min(done, total) * width / total)
	fmt.Fprintf(b.w, "\r\x1b[K%s [%s%s] %d/%d", what, strings.Repeat("█", n), strings.Repeat("░", width-n), done, total)
}

func (b *bar) clear() {
	if b.shown {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
