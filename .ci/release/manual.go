package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

func tasks() []task.Task {
	return []task.Task{keycloakroles.Task(), harborprojects.Task(), gitearepos.Task(), droneactivate.Task()}
}

// manuals are the manual pages of every task and verb, and the completions of three shells, by where they belong below
// a prefix such as /usr/local.
func (b build) manuals() (map[string]entry, error) {
	files := map[string]entry{}
	for _, t := range tasks() {
		command := run.Command(t, b.version)
		command.InitDefaultCompletionCmd()
		command.DisableAutoGenTag = true
		if err := b.manPages(command, files); err != nil {
			return nil, fmt.Errorf("writing the manual of %s: %w", t.Name, err)
		}
		if err := completions(command, files); err != nil {
			return nil, fmt.Errorf("writing the completions of %s: %w", t.Name, err)
		}
	}
	return files, nil
}

func (b build) manPages(command *cobra.Command, files map[string]entry) error {
	var page bytes.Buffer
	header := &doc.GenManHeader{Section: "1", Date: &b.time, Source: "Otomi Tasks " + b.version, Manual: "Otomi Tasks"}
	if err := doc.GenMan(command, header, &page); err != nil {
		return err
	}
	name := bytes.ReplaceAll([]byte(command.CommandPath()), []byte(" "), []byte("-"))
	files["share/man/man1/"+string(name)+".1"] = entry{content: page.Bytes(), mode: 0o644}
	for _, verb := range command.Commands() {
		if verb.Name() == "completion" || verb.Name() == "help" {
			continue
		}
		if err := b.manPages(verb, files); err != nil {
			return err
		}
	}
	return nil
}

func completions(command *cobra.Command, files map[string]entry) error {
	name := command.Name()
	for file, generate := range map[string]func(io.Writer) error{
		"share/bash-completion/completions/" + name:         func(w io.Writer) error { return command.GenBashCompletionV2(w, true) },
		"share/zsh/site-functions/_" + name:                 command.GenZshCompletion,
		"share/fish/vendor_completions.d/" + name + ".fish": func(w io.Writer) error { return command.GenFishCompletion(w, true) },
	} {
		var script bytes.Buffer
		if err := generate(&script); err != nil {
			return err
		}
		files[file] = entry{content: script.Bytes(), mode: 0o644}
	}
	return nil
}
