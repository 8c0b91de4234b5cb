package main

import (
	"context"
	"io"
)

func runGrowth(ctx context.Context, args []string, out io.Writer) error { return nil }
func runSize(ctx context.Context, args []string, out io.Writer) error   { return nil }
