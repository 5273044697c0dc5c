package kube

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/values"
)

// Login is how one registry is logged into.
type Login struct {
	// Host is the registry's, with its port where it has one.
	Host     string
	Username string
	Password values.Secret
}

// dockerconfig is the file that Docker and Kubernetes read.
type dockerconfig struct {
	Auths map[string]dockerauth `json:"auths"`
}

type dockerauth struct {
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	Auth     string `json:"auth,omitempty"` // base64 of username:password
}

// Dockerconfig writes the file config.json, or .dockerconfigjson, for one
// registry. No part of it may be empty, and a user name holds no colon: the
// file could not be read back.
func Dockerconfig(host, username string, password values.Secret) (values.Secret, error) {
	switch {
	case host == "", username == "", password.IsZero():
		return values.Secret{}, errors.New("writing a docker config: host, user name and password are all needed")
	case strings.Contains(username, ":"):
		return values.Secret{}, fmt.Errorf("writing a docker config: the user name %q holds a colon", username)
	}
	auth := base64.StdEncoding.EncodeToString([]byte(username + ":" + password.Reveal()))
	text, err := json.Marshal(dockerconfig{map[string]dockerauth{host: {username, password.Reveal(), auth}}})
	if err != nil {
		return values.Secret{}, fmt.Errorf("writing a docker config: %w", err)
	}
	return values.NewSecret(string(text)), nil
}

// ParseDockerconfig reads the logins of such a file, sorted by host. As
// container runtimes do, it takes auth before user name and password. The error
// never shows the content.
func ParseDockerconfig(content values.Secret) ([]Login, error) {
	var config dockerconfig
	if err := json.Unmarshal([]byte(content.Reveal()), &config); err != nil {
		return nil, errors.New("reading a docker config: not JSON with the object \"auths\"")
	}
	logins := make([]Login, 0, len(config.Auths))
	for _, host := range slices.Sorted(maps.Keys(config.Auths)) {
		login, err := config.Auths[host].login(host)
		if err != nil {
			return nil, fmt.Errorf("reading a docker config: %w", err)
		}
		logins = append(logins, login)
	}
	return logins, nil
}

func (a dockerauth) login(host string) (Login, error) {
	if a.Auth == "" {
		return Login{host, a.Username, values.NewSecret(a.Password)}, nil
	}
	text, err := base64.StdEncoding.DecodeString(a.Auth)
	username, password, found := strings.Cut(string(text), ":")
	if err != nil || !found {
		return Login{}, fmt.Errorf("auth of %s is not base64 of user name and password", host)
	}
	return Login{host, strings.Clone(username), values.NewSecret(password)}, nil // or the password would stay beside it
}
