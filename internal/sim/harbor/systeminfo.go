package harbor

import (
	"context"
	"fmt"
	"net/http"
)

func ping(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte("Pong")) // into memory
}

func (a api) GetHealth(context.Context, GetHealthRequestObject) (GetHealthResponseObject, error) {
	healthy := func(name string) ComponentHealthStatus {
		return ComponentHealthStatus{Name: &name, Status: new("healthy")}
	}
	components := each([]string{"core", "database", "jobservice", "portal", "redis", "registry", "registryctl"}, healthy)
	return GetHealth200JSONResponse{Status: new("healthy"), Components: &components}, nil
}

// GetSystemInfo tells more to those who have logged in.
func (a api) GetSystemInfo(ctx context.Context, _ GetSystemInfoRequestObject) (GetSystemInfoResponseObject, error) {
	c, values := callOf(ctx), a.configuration
	provider := ""
	if values.text("auth_mode") == oidcAuth {
		provider = values.text("oidc_name")
	}
	info := GeneralInfo{
		AuthMode: new(values.text("auth_mode")), PrimaryAuthMode: new(values.flag("primary_auth_mode")), OidcProviderName: &provider,
		BannerMessage: new(values.text("banner_message")), SelfRegistration: new(values.flag("self_registration")),
	}
	if !c.caller.isAuthenticated() {
		return GetSystemInfo200JSONResponse(info), nil
	}
	info.CurrentTime, info.HarborVersion = new(a.time()), new(fmt.Sprintf("v2.%d.0-simulator", a.minor))
	info.ExternalURL, info.RegistryURL = new("http://"+c.host), &c.host
	info.HasCaRoot, info.RegistryStorageProviderName = new(false), new("filesystem")
	info.ReadOnly, info.NotificationEnable = new(values.flag("read_only")), new(values.flag("notification_enable"))
	info.ProjectCreationRestriction = new(values.text("project_creation_restriction"))
	return GetSystemInfo200JSONResponse(info), nil
}
