package quirks

const (
	keyOne   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1P9qBDCVbT9nHKMdIqmQUfFY1X7Kf1nM2VhKqkGx4a"
	keyTwo   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGcPNrBGQJQ0cuBtCB0sLSMHhB1cmVZ3Zyxy1pUN6l3o"
	keyThree = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC"
)

func keyQuirks() []quirk {
	return []quirk{
		{name: "DeployKey", reason: "its comment stays; the list says more than the answer to its creation", steps: []step{
			{do: "POST orgs/{org}/repos", body: `{"name":"r"}`, as: "r"}, {do: "POST orgs/{org}/repos", body: `{"name":"s"}`},
			{do: "POST repos/{org}/r/keys", body: `{"title":"one","key":"` + keyOne + ` me@here\n"}`, as: "k",
				want: `{"id":"{any}","key_id":"{any}","title":"one","key":"` + keyOne + ` me@here","fingerprint":"{any}","url":"{base}/api/v1/repos/{org}/r/keys/{k}","read_only":false}`},
			{do: "GET repos/{org}/r/keys", count: "1", want: `[{"id":{k},"title":"one","key":"` + keyOne + ` me@here","read_only":false,"repository":{"name":"r"}}]`},
			{do: "POST repos/{org}/r/keys", body: `{"title":"two","read_only":true,"key":"` + keyTwo + `"}`, as: "k2", want: `{"read_only":true}`},
			{do: "GET repos/{org}/r/keys/{k2}", want: `{"read_only":true,"key":"` + keyTwo + `","repository":{"name":"r"}}`},
			{do: "GET repos/{org}/s/keys/{k2}", status: 404},
			{do: "GET repos/{org}/r/keys/nosuch", status: 404},
		}},
		{name: "OneKeyManyRepositories", reason: "but only once each, by content and by title", steps: []step{
			{do: "POST repos/{org}/s/keys", body: `{"title":"one","key":"` + keyOne + ` other"}`, as: "ks", want: `{"key":"` + keyOne + ` other"}`},
			{do: "GET repos/{org}/s/keys/{ks}", want: `{"key":"` + keyOne + ` me@here"}`}, // as it was said first
			{do: "POST repos/{org}/r/keys", body: `{"title":"other","key":"` + keyOne + `"}`, status: 422, want: `{"message":"This key has already been added to this repository"}`},
			{do: "POST repos/{org}/r/keys", body: `{"title":"one","key":"` + keyThree + `"}`, status: 422, want: `{"message":"{any}"}`},
			{do: "DELETE repos/{org}/r/keys/{k2}"},
			{do: "POST repos/{org}/r/keys", body: `{"title":"one","key":"` + keyTwo + `"}`, status: 422, want: `{"message":"A key with the same name already exists"}`},
			{do: "GET repos/{org}/r/keys?fingerprint=none", want: `[]`},
		}},
		{name: "DeployKeyDelete", reason: "of what is not there is no error, of another repository's key is", steps: []step{
			{do: "DELETE repos/{org}/r/keys/{ks}", status: 500, want: `{"message":"deploy key {ks} does not belong to repository {r}"}`},
			{do: "DELETE repos/{org}/r/keys/{k}"}, {do: "DELETE repos/{org}/r/keys/{k}"},
			{do: "GET repos/{org}/r/keys", want: `[]`, count: "0"},
			{do: "GET repos/{org}/s/keys", want: `[{"id":{ks}}]`},
		}},
		{name: "InvalidKey", reason: "is refused before its title is looked at", steps: []step{
			{do: "POST repos/{org}/r/keys", body: `{"title":"x","key":"nonsense"}`, status: 422, want: `{"message":"{any}"}`},
			{do: "POST repos/{org}/r/keys", body: `{"title":"x"}`, status: 422, want: `{"message":"[Key]: Required"}`},
			{do: "POST repos/{org}/r/keys", body: `{"key":"` + keyTwo + `"}`, status: 422, want: `{"message":"[Title]: Required"}`},
		}},
	}
}
