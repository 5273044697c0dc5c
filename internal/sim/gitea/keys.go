package gitea

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// deployKey lets a key into a repository. The key itself is kept once for all,
// with the comment that it had when it was first seen.
type deployKey struct {
	id       int64
	repo     *repository
	public   *publicKey
	title    string
	readOnly bool
	created  time.Time
}

type publicKey struct {
	id                   int64
	content, fingerprint string
}

func (f CreateKeyOption) problem() error {
	return firstOf(required("Title", f.Title), required("Key", f.Key))
}

func (c *call) keyJSON(k *deployKey, content string) DeployKey {
	return DeployKey{
		ID: &k.id, KeyID: &k.public.id, Title: &k.title, Key: &content, Fingerprint: &k.public.fingerprint, ReadOnly: &k.readOnly, CreatedAt: &k.created,
		URL: new(fmt.Sprintf("%s%s/repos/%s/keys/%d", c.base, apiBase, k.repo.fullName(), k.id)),
	}
}

// keyWithRepository is what only an administrator reads.
func (c *call) keyWithRepository(k *deployKey) DeployKey {
	shown := c.keyJSON(k, k.public.content)
	if m := write; c.isAdmin() {
		if k.readOnly {
			m = read
		}
		shown.Repository = new(c.repositoryJSON(k.repo, rights{mode: m, repo: k.repo}))
	}
	return shown
}

func (a api) CreateDeployKey(ctx context.Context, request CreateDeployKeyRequestObject) (CreateDeployKeyResponseObject, error) {
	c, f := callOf(ctx), *request.Body
	content := strings.TrimSpace(f.Key)
	fingerprint, err := fingerprintOf(content)
	if err != nil {
		return nil, invalid("Invalid key content: %v", err)
	}
	for _, other := range c.keysHere() {
		if other.public.fingerprint == fingerprint {
			return nil, invalid("This key has already been added to this repository")
		}
	}
	if slices.ContainsFunc(c.keysHere(), func(other *deployKey) bool { return other.title == f.Title }) {
		return nil, invalid("A key with the same name already exists")
	}
	k := &deployKey{
		id: a.memory.next("deploy key"), repo: c.repo, public: a.memory.publicKey(fingerprint, content),
		title: f.Title, readOnly: value(f.ReadOnly), created: a.memory.time(),
	}
	a.memory.keys[k.id] = k
	return CreateDeployKey201JSONResponse(c.keyJSON(k, content)), nil
}

// publicKey is the key that is known already, or a new one.
func (m *memory) publicKey(fingerprint, content string) *publicKey {
	for _, k := range m.keys {
		if k.public.fingerprint == fingerprint {
			return k.public
		}
	}
	return &publicKey{id: m.next("public key"), content: content, fingerprint: fingerprint}
}

// fingerprintOf reads one line of OpenSSH's format.
func fingerprintOf(line string) (string, error) {
	words := strings.Fields(line)
	if strings.ContainsAny(line, "\r\n") || len(words) < 2 {
		return "", fmt.Errorf("not a key: %d words", len(words))
	}
	blob, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil {
		return "", fmt.Errorf("reading the key: %w", err)
	}
	size := len(words[0])
	if len(blob) < 4+size || binary.BigEndian.Uint32(blob) != uint32(size) || string(blob[4:4+size]) != words[0] { //nolint:gosec // G115: the length of a word
		return "", fmt.Errorf("the key is no %s", words[0])
	}
	sum := sha256.Sum256(blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), nil
}

func (c *call) keysHere() []*deployKey {
	return byID(c.memory.keys, func(k *deployKey) bool { return k.repo == c.repo })
}

func (a api) ListDeployKeys(ctx context.Context, request ListDeployKeysRequestObject) (ListDeployKeysResponseObject, error) {
	c, q := callOf(ctx), request.Params
	found := filtered(c.keysHere(), func(k *deployKey) bool {
		return (value(q.Fingerprint) == "" || k.public.fingerprint == *q.Fingerprint) && (value(q.KeyID) == 0 || k.public.id == int64(*q.KeyID))
	})
	p := window(c, found, q.Page, q.Limit)
	return ListDeployKeys200JSONResponse{Body: each(p.part, c.keyWithRepository), Headers: ListDeployKeys200ResponseHeaders{XTotalCount: p.count}}, nil
}

func (a api) GetDeployKey(ctx context.Context, request GetDeployKeyRequestObject) (GetDeployKeyResponseObject, error) {
	c, k := callOf(ctx), a.memory.keys[request.ID]
	if k == nil || k.repo != c.repo {
		return nil, notFound()
	}
	return GetDeployKey200JSONResponse(c.keyWithRepository(k)), nil
}

// DeleteDeployKey: what is not there is gone already.
func (a api) DeleteDeployKey(ctx context.Context, request DeleteDeployKeyRequestObject) (DeleteDeployKeyResponseObject, error) {
	c, k := callOf(ctx), a.memory.keys[request.ID]
	if k != nil && k.repo != c.repo {
		return nil, crash("deploy key %d does not belong to repository %d", k.id, c.repo.id)
	}
	delete(a.memory.keys, request.ID)
	return DeleteDeployKey204Response{}, nil
}
