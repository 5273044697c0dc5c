package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// entry is a file of an archive.
type entry struct {
	content []byte
	mode    int64
}

// archive packs files by name: sorted, of one time and without owners, so that the same files give the same bytes.
func archive(entries map[string]entry, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	packed := tar.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		e := entries[name]
		header := &tar.Header{Name: name, Mode: e.mode, Size: int64(len(e.content)), ModTime: at, Format: tar.FormatPAX}
		if err := packed.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("packing %s: %w", name, err)
		}
		if _, err := packed.Write(e.content); err != nil {
			return nil, fmt.Errorf("packing %s: %w", name, err)
		}
	}
	if err := packed.Close(); err != nil {
		return nil, fmt.Errorf("packing: %w", err)
	}
	return out.Bytes(), nil
}

// repack is an archive of the same files, of one time: buildah's has the time of its making.
func repack(content []byte, at time.Time) ([]byte, error) {
	entries := map[string]entry{}
	packed := tar.NewReader(bytes.NewReader(content))
	for {
		header, err := packed.Next()
		if errors.Is(err, io.EOF) {
			return archive(entries, at)
		}
		if err != nil {
			return nil, fmt.Errorf("unpacking: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		file, err := io.ReadAll(packed)
		if err != nil {
			return nil, fmt.Errorf("unpacking %s: %w", header.Name, err)
		}
		entries[header.Name] = entry{file, header.Mode}
	}
}

// compress writes no name and no time into the header.
func compress(content []byte) ([]byte, error) {
	var out bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&out, gzip.DefaultCompression)
	if err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if _, err := compressed.Write(content); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if err := compressed.Close(); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	return out.Bytes(), nil
}

// folder reads every file below a folder, by its name in there behind the prefix. Those of Go that can be run stay so.
func folder(dir, prefix string) (map[string]entry, error) {
	entries := map[string]entry{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, found fs.DirEntry, err error) error {
		if err != nil || found.IsDir() {
			return err
		}
		info, err := found.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		entries[prefix+name] = entry{content: content, mode: 0o644 | int64(info.Mode().Perm()&0o100)/0o100*0o111}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dir, err)
	}
	return entries, nil
}

func write(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // it is published
		return fmt.Errorf("writing %s: %w", file, err)
	}
	if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // it is published
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}
