package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"otomi.io/tasks/test/servers"
)

// startDrone starts a Drone and the Gitea that it builds from. The options are the
// Drone's; the Gitea takes a free port and the version of its variable.
func startDrone(ctx context.Context, o servers.Options) ([]running, error) {
	gitea, err := servers.Gitea(ctx, servers.GiteaOptions{})
	if err != nil {
		return nil, err
	}
	started := []running{{gitea.Server, "gitea", gitea.Stop}}
	if o.Port == 0 {
		if o.Port, err = servers.FreePort(ctx); err != nil {
			return started, err
		}
	}
	o.Username = gitea.Username
	options := servers.DroneOptions{Options: o, Gitea: gitea.URL}
	options.ClientID, options.ClientSecret, err = oauthApplication(ctx, gitea.Server, options.URL()+"/login")
	if err != nil {
		return started, err
	}
	drone, err := servers.Drone(ctx, options)
	if err != nil {
		return started, err
	}
	return append(started, running{drone, "drone", drone.Stop}), nil
}

// oauthApplication makes what Drone needs to log people in by way of Gitea.
func oauthApplication(ctx context.Context, gitea *servers.Server, redirect string) (id, secret string, err error) {
	body, err := json.Marshal(map[string]any{"name": "otomi-drone", "confidential_client": true, "redirect_uris": []string{redirect}})
	if err != nil {
		return "", "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, gitea.URL+"/api/v1/user/applications/oauth2", bytes.NewReader(body))
	if err != nil {
		return "", "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth(gitea.Username, gitea.Password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusCreated {
		return "", "", fmt.Errorf("creating the OAuth2 application: %s", response.Status)
	}
	var created struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	return created.ID, created.Secret, json.NewDecoder(response.Body).Decode(&created)
}
