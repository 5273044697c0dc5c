package keycloak

import (
	"context"
	"net/http"
)

// profileSince is the first version with a user profile in every realm.
const profileSince = 24

// The policies under which users may have attributes that the profile does not
// name, and administrators may write them.
const (
	policyEnabled   = UnmanagedAttributePolicy("ENABLED")
	policyAdminEdit = UnmanagedAttributePolicy("ADMIN_EDIT")
)

func (a admin) GetUserProfile(_ context.Context, request GetUserProfileRequestObject) (GetUserProfileResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	if a.version < profileSince {
		return noProfile{}, nil
	}
	return GetUserProfile200JSONResponse(r.profile), nil
}

// noProfile is the answer of a server without user profiles.
type noProfile struct{}

// VisitGetUserProfileResponse answers with nothing.
func (noProfile) VisitGetUserProfileResponse(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a admin) UpdateUserProfile(_ context.Context, request UpdateUserProfileRequestObject) (UpdateUserProfileResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	r.profile = *request.Body
	return UpdateUserProfile200JSONResponse(r.profile), nil
}

func defaultProfile(b builtin) UPConfig {
	var attributes []UPAttribute
	for _, a := range value(b.UserProfile.Attributes) {
		attributes = append(attributes, UPAttribute{Name: a.Name, DisplayName: a.DisplayName, Multivalued: a.Multivalued})
	}
	return UPConfig{Attributes: &attributes}
}

// keepsUnmanaged tells whether a user keeps attributes that the profile does not
// name; before version 24 every user did.
func (m *memory) keepsUnmanaged(r *realm) bool {
	policy := value(r.profile.UnmanagedAttributePolicy)
	return m.version < profileSince || policy == policyEnabled || policy == policyAdminEdit
}

func (a admin) AddFederatedIdentity(_ context.Context, request AddFederatedIdentityRequestObject) (AddFederatedIdentityResponseObject, error) {
	_, u, err := a.user(request.Realm, request.UserID)
	if err != nil {
		return nil, err
	}
	u.links[request.Provider] = true
	return AddFederatedIdentity204Response{}, nil
}
