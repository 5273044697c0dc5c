package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"
)

// pushChart copies the chart's OCI layout to REGISTRY and prints where it is. Its digest there is that of the layout.
func (b build) pushChart(ctx context.Context, env map[string]string, stdout io.Writer) error {
	if env["REGISTRY"] == "" {
		return errors.New("REGISTRY is not set")
	}
	layout, err := oci.NewFromTar(ctx, b.chartFile(".oci.tar"))
	if err != nil {
		return fmt.Errorf("reading the chart: %w", err)
	}
	repository, err := remote.NewRepository(env["REGISTRY"] + "/core")
	if err != nil {
		return fmt.Errorf("reading REGISTRY: %w", err)
	}
	logins, err := logins(env)
	if err != nil {
		return fmt.Errorf("reading the logins of registries: %w", err)
	}
	repository.PlainHTTP = env["PLAIN_HTTP"] == "yes"
	repository.Client = &auth.Client{Client: retry.DefaultClient, Cache: auth.NewCache(), Credential: credentials.Credential(logins)}
	tag := tagOf(chartVersion(b.version))
	pushed, err := oras.Copy(ctx, layout, tag, repository, tag, oras.DefaultCopyOptions)
	if err != nil {
		return fmt.Errorf("pushing the chart to %s/core: %w", env["REGISTRY"], err)
	}
	_, err = fmt.Fprintf(stdout, "oci://%s/core:%s %s\n", env["REGISTRY"], tag, pushed.Digest)
	return err
}

// logins are those that the images are pushed with: buildah's, else docker's.
func logins(env map[string]string) (credentials.Store, error) {
	file := env["REGISTRY_AUTH_FILE"]
	if runtime := env["XDG_RUNTIME_DIR"]; file == "" && runtime != "" {
		file = filepath.Join(runtime, "containers", "auth.json")
		if _, err := os.Stat(file); err != nil {
			file = ""
		}
	}
	if file == "" {
		return credentials.NewStoreFromDocker(credentials.StoreOptions{})
	}
	return credentials.NewStore(file, credentials.StoreOptions{})
}
