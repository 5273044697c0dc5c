package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File takes the place of an older one of its name when it is complete, and not before.
type File struct {
	*os.File
	name string // "" where the file itself is written: a pipe has no older one
}

// Create makes a file beside the one that it is to replace.
func Create(name string) (*File, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &File{File: file}, err
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	return &File{File: file, name: name}, err
}

// Fill writes the file and puts it in its place.
func (f *File) Fill(write func(io.Writer) error) error {
	err := errors.Join(write(f.File), f.Close())
	if f.name == "" {
		return err
	}
	if err == nil {
		err = os.Rename(f.Name(), f.name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that counts is known
	}
	return err
}

// Writable tells whether files can be made in a folder.
func Writable(dir string) error {
	file, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// Replace writes a file of a folder anew.
func Replace(dir, name string, write func(io.Writer) error) error {
	file, err := Create(filepath.Join(dir, name))
	if err == nil {
		err = file.Fill(write)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
