package harbor

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"
)

// quota is the limit of what a project may store, in bytes.
type quota struct {
	id      int64
	project *project
	storage int64
	born    time.Time
}

func (q *quota) key() (id int64, name string) { return q.id, ofProject(q.project.id) }

const (
	unlimited  = -1
	maxStorage = 1 << 50
)

func (m *memory) addQuota(p *project, storage int64) {
	m.quotas.add(&quota{m.quotas.next(), p, storage, m.time()})
}

func checkStorage(storage int64) error {
	switch {
	case storage <= 0 && storage != unlimited:
		return badRequest("invalid non-positive value for quota limit, value=%d", storage)
	case storage > maxStorage:
		return badRequest("exceeded 1024TB, which is %d Bytes, value=%d", maxStorage, storage)
	}
	return nil
}

// shown: a change of the limit leaves the time of the update alone.
func (q *quota) shown() Quota {
	return Quota{
		ID: new(int(q.id)), CreationTime: &q.born, UpdateTime: &q.born,
		Ref:  &QuotaRefObject{"id": q.project.id, "name": q.project.name, "owner_name": ""},
		Hard: &ResourceList{"storage": q.storage}, Used: &ResourceList{"storage": 0},
	}
}

// ListQuotas begins with the newest.
func (a api) ListQuotas(ctx context.Context, request ListQuotasRequestObject) (ListQuotasResponseObject, error) {
	params := request.Params
	p, err := newPaging(params.Page, params.PageSize)
	if err != nil {
		return nil, err
	}
	if err := a.requireSystem(ctx, right{"quota", "list"}); err != nil {
		return nil, err
	}
	found := filtered(a.quotas.list, func(q *quota) bool {
		_, id := q.key()
		return (value(params.Reference) == "" || *params.Reference == "project") && (value(params.ReferenceID) == "" || *params.ReferenceID == id)
	})
	sortQuotas(found, value(params.Sort))
	return ListQuotas200JSONResponse{
		Body:    each(cut(found, p), (*quota).shown),
		Headers: ListQuotas200ResponseHeaders(callOf(ctx).listed(len(found), p)),
	}, nil
}

// room counts no limit as the highest.
func (q *quota) room() int64 {
	if q.storage == unlimited {
		return math.MaxInt64
	}
	return q.storage
}

// sortQuotas begins with the newest unless the query says otherwise; nothing is in use.
func sortQuotas(list []*quota, sort string) {
	name, down := strings.CutPrefix(sort, "-")
	compare := byID[*quota]
	switch strings.TrimPrefix(name, "+") {
	case "hard.storage":
		compare = func(a, b *quota) int { return cmp.Compare(a.room(), b.room()) }
	case "creation_time", "update_time", "used.storage":
	default:
		down = true
	}
	slices.SortStableFunc(list, compare)
	if down {
		slices.Reverse(list)
	}
}

func (a api) GetQuota(ctx context.Context, request GetQuotaRequestObject) (GetQuotaResponseObject, error) {
	if err := a.requireSystem(ctx, right{"quota", "read"}); err != nil {
		return nil, err
	}
	found := a.quotas.byID[int64(request.ID)]
	if found == nil {
		return nil, notFound("quota %d not found", request.ID)
	}
	return GetQuota200JSONResponse(found.shown()), nil
}

func (a api) UpdateQuota(ctx context.Context, request UpdateQuotaRequestObject) (UpdateQuotaResponseObject, error) {
	if err := a.requireSystem(ctx, right{"quota", "update"}); err != nil {
		return nil, err
	}
	hard := value(request.Body.Hard)
	found := a.quotas.byID[int64(request.ID)]
	switch {
	case len(hard) == 0:
		return nil, badRequest("hard required in body")
	case found == nil:
		return nil, notFound("quota %d not found", request.ID)
	}
	for resource, limit := range hard {
		if resource != "storage" {
			return nil, badRequest("resource %s not support", resource)
		}
		if err := checkStorage(limit); err != nil {
			return nil, err
		}
	}
	found.storage = hard["storage"]
	return UpdateQuota200Response{}, nil
}
