package gitea

import "context"

func (a api) CreateHook(ctx context.Context, request CreateHookRequestObject) (CreateHookResponseObject, error) {
	h, err := a.memory.addHook(*request.Body, nil, callOf(ctx).repo)
	return CreateHook201JSONResponse(h), err
}

func (a api) CreateOrganizationHook(ctx context.Context, request CreateOrganizationHookRequestObject) (CreateOrganizationHookResponseObject, error) {
	h, err := a.memory.addHook(*request.Body, callOf(ctx).org, nil)
	return CreateOrganizationHook201JSONResponse(h), err
}

func (a api) GetHook(ctx context.Context, request GetHookRequestObject) (GetHookResponseObject, error) {
	h, err := callOf(ctx).showHook(request.ID)
	return GetHook200JSONResponse(h), err
}

func (a api) GetOrganizationHook(ctx context.Context, request GetOrganizationHookRequestObject) (GetOrganizationHookResponseObject, error) {
	h, err := callOf(ctx).showHook(request.ID)
	return GetOrganizationHook200JSONResponse(h), err
}

func (a api) UpdateHook(ctx context.Context, request UpdateHookRequestObject) (UpdateHookResponseObject, error) {
	h, err := callOf(ctx).updateHook(request.ID, *request.Body)
	return UpdateHook200JSONResponse(h), err
}

func (a api) UpdateOrganizationHook(ctx context.Context, request UpdateOrganizationHookRequestObject) (UpdateOrganizationHookResponseObject, error) {
	h, err := callOf(ctx).updateHook(request.ID, *request.Body)
	return UpdateOrganizationHook200JSONResponse(h), err
}

func (a api) DeleteHook(ctx context.Context, request DeleteHookRequestObject) (DeleteHookResponseObject, error) {
	return DeleteHook204Response{}, callOf(ctx).removeHook(request.ID)
}

func (a api) DeleteOrganizationHook(ctx context.Context, request DeleteOrganizationHookRequestObject) (DeleteOrganizationHookResponseObject, error) {
	return DeleteOrganizationHook204Response{}, callOf(ctx).removeHook(request.ID)
}

// ListHooks has no links.
func (a api) ListHooks(ctx context.Context, request ListHooksRequestObject) (ListHooksResponseObject, error) {
	c := callOf(ctx)
	p := window(c, c.hooksHere(), request.Params.Page, request.Params.Limit)
	return ListHooks200JSONResponse{Body: each(p.part, func(h *hook) Hook { return h.json(a.memory) }), Headers: ListHooks200ResponseHeaders{XTotalCount: p.count}}, nil
}

func (a api) ListOrganizationHooks(ctx context.Context, request ListOrganizationHooksRequestObject) (ListOrganizationHooksResponseObject, error) {
	c := callOf(ctx)
	p := window(c, c.hooksHere(), request.Params.Page, request.Params.Limit)
	return ListOrganizationHooks200JSONResponse{Body: each(p.part, func(h *hook) Hook { return h.json(a.memory) }), Headers: ListOrganizationHooks200ResponseHeaders{p.link, p.count}}, nil
}
