package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// dist is a folder with the checksums of what is in it.
type dist struct {
	dir  string
	sums map[string]string
}

func (d dist) add(name string, content []byte) error {
	d.sums[name] = sum(content)
	return write(filepath.Join(d.dir, name), content)
}

// distribute puts what was built below bin, and what it makes itself, below dist.
func (b build) distribute() error {
	d := dist{dir: b.path("dist"), sums: map[string]string{}}
	if err := os.RemoveAll(d.dir); err != nil {
		return fmt.Errorf("emptying dist: %w", err)
	}
	for _, add := range []func(dist) error{b.addNotes, b.addArchives, b.addBuilt, b.addProvenance} {
		if err := add(d); err != nil {
			return err
		}
	}
	return write(filepath.Join(d.dir, "SHA256SUMS"), checksums(d.sums))
}

func (b build) addNotes(d dist) error {
	changelog, err := os.ReadFile(b.path("CHANGELOG.md"))
	if err != nil {
		return fmt.Errorf("reading the changelog: %w", err)
	}
	text, err := notes(string(changelog), b.version)
	if err != nil {
		return err
	}
	return d.add("NOTES.md", []byte(text))
}

// addArchives adds an archive per platform: its binaries with what belongs beside them.
func (b build) addArchives(d dist) error {
	shared, err := b.shared()
	if err != nil {
		return err
	}
	platforms, err := filepath.Glob(b.path("bin", "release", "*_*", "keycloak-roles"))
	if err != nil {
		return fmt.Errorf("finding the binaries: %w", err)
	}
	for _, binary := range platforms {
		platform := filepath.Dir(binary)
		name := "otomi-tasks_" + b.version + "_" + filepath.Base(platform)
		content, err := b.archiveOf(platform, name, shared)
		if err != nil {
			return err
		}
		if err := d.add(name+".tar.gz", content); err != nil {
			return err
		}
	}
	return nil
}

// shared is what belongs beside the binaries, whatever the platform.
func (b build) shared() (map[string]entry, error) {
	files, err := b.manuals()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		content, err := os.ReadFile(b.path(name))
		if err != nil {
			return nil, fmt.Errorf("reading what belongs beside the binaries: %w", err)
		}
		files["share/doc/otomi-tasks/"+name] = entry{content: content, mode: 0o644}
	}
	return files, nil
}

func (b build) archiveOf(platform, name string, shared map[string]entry) ([]byte, error) {
	entries, err := folder(platform, name+"/bin/")
	if err != nil {
		return nil, err
	}
	for file, e := range shared {
		entries[name+"/"+file] = e
	}
	plain, err := archive(entries, b.time)
	if err != nil {
		return nil, err
	}
	return compress(plain)
}

// addBuilt adds what is ready: bills of materials, images and the chart.
func (b build) addBuilt(d dist) error {
	for _, pattern := range []string{
		b.path("bin", "release", "*.cdx.json"), b.path("bin", "images", "*.tar"), b.chartFile(".tgz"), b.chartFile(".oci.tar"),
	} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			return fmt.Errorf("finding %s: %w", pattern, os.ErrNotExist)
		}
		for _, file := range found {
			content, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("reading what was built: %w", err)
			}
			name := b.assetName(filepath.Base(file))
			if name != filepath.Base(file) { // an image
				if content, err = repack(content, b.time); err != nil {
					return fmt.Errorf("reading %s: %w", file, err)
				}
			}
			if err := d.add(name, content); err != nil {
				return err
			}
		}
	}
	return nil
}

// assetName says what kind of archive an image is, and of which version.
func (b build) assetName(file string) string {
	image, is := strings.CutSuffix(file, ".tar")
	if !is || strings.HasSuffix(image, ".oci") {
		return file
	}
	return image + "-" + b.version + ".oci.tar"
}

func (b build) addProvenance(d dist) error {
	statement, err := b.provenance(d.sums)
	if err != nil {
		return err
	}
	return d.add("otomi-tasks_"+b.version+".intoto.jsonl", statement)
}
